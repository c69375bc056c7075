import { afterEach, expect, test } from 'vitest';
import type { Upstream } from '../../src/converse/call.ts';
import { replay } from '../../src/converse/replay.ts';
import { deadlineMs } from '../deadline.ts';
import { hello, key, type ProxyUnderTest, rawPost, rawSocket, startProxy } from '../http/proxy-under-test.ts';
import { anAnswer } from '../proxy/call-fixture.ts';

let proxy: ProxyUnderTest;
afterEach(() => proxy.close());

const [start, open, delta] = replay(anAnswer('tick'));

/** An upstream that sends `batches`, then is silent until its signal fires; it tells how and when it was left. */
function silentAfter(batches: number) {
  const seen: { startedAt?: number; abortedAt?: number; reason?: unknown } = {};
  const upstream: Upstream = async function* ({ signal }) {
    seen.startedAt = performance.now();
    signal.addEventListener('abort', () => {
      seen.abortedAt = performance.now();
      seen.reason = signal.reason;
    });
    for (const event of [start, open, delta].slice(0, batches)) if (event) yield [event];
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  return { upstream, seen };
}

const until = (done: () => boolean) => expect.poll(done, { interval: 1 }).toBe(true);

const ways = {
  RST: (socket: import('node:net').Socket) => socket.resetAndDestroy(),
  FIN: (socket: import('node:net').Socket) => socket.destroy(),
  'a half-close': (socket: import('node:net').Socket) => socket.end(),
};

for (const [way, leave] of Object.entries(ways)) {
  for (const [moment, batches] of [
    ['before the first byte', 0],
    ['in mid-stream', 3],
  ] as const) {
    for (const stream of [true, false]) {
      test(`case 101: ${way} ${moment} of a ${stream ? 'streamed' : 'whole'} answer stops the upstream within 100 ms`, async () => {
        const { upstream, seen } = silentAfter(batches);
        proxy = await startProxy({ upstream });
        const raw = await rawSocket(proxy.port);
        raw.send(rawPost(JSON.stringify({ ...hello, stream }), [`Host: localhost:${proxy.port}`, `x-api-key: ${key}`]));
        await until(() => seen.startedAt !== undefined);
        if (stream && batches > 0) await raw.until('tick');
        const leftAt = performance.now();
        leave(raw.socket);
        await until(() => seen.abortedAt !== undefined);
        expect((seen.abortedAt ?? 0) - leftAt).toBeLessThan(deadlineMs);
        expect(seen.reason).toMatchObject({ code: 'client_gone' });
      });
    }
  }
}

test('a client that leaves while its body is still coming runs nothing', async () => {
  const { upstream, seen } = silentAfter(0);
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  const request = rawPost(JSON.stringify(hello), [`Host: localhost:${proxy.port}`, `x-api-key: ${key}`]);
  raw.send(request.slice(0, -10));
  await new Promise((resolve) => setTimeout(resolve, 30));
  raw.socket.destroy();
  await until(() => proxy.log.length > 0);
  expect(seen.startedAt).toBeUndefined();
  expect(proxy.log).toMatchObject([{ type: 'refused', code: 'client_gone' }]);
});

test('an answer that was read to its end aborts nothing', async () => {
  let aborted = false;
  proxy = await startProxy({
    upstream: async function* ({ signal }) {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      yield replay(anAnswer());
    },
  });
  await (await proxy.chat({ ...hello, stream: true })).text();
  await proxy.close();
  expect(aborted).toBe(false);
});
