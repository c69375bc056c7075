import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { Upstream } from '../../src/converse/call.ts';
import type { Event } from '../../src/converse/events.ts';
import { replay } from '../../src/converse/replay.ts';
import { createResponseCache } from '../../src/policy/response-cache.ts';
import { withCache } from '../../src/proxy/with-cache.ts';
import { deadlineMs } from '../deadline.ts';
import { hello, key, type ProxyUnderTest, rawPost, rawSocket, startProxy } from '../http/proxy-under-test.ts';
import { anAnswer } from '../proxy/call-fixture.ts';

let proxy: ProxyUnderTest;
afterEach(() => proxy.close());

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const piece = 'x'.repeat(16 * 1024);

/** An upstream that gives as fast as it is asked and counts the bytes that were taken from it. */
function endless(pieces: number) {
  const taken = { bytes: 0, done: false, aborted: false };
  const events = replay(anAnswer(piece));
  const upstream: Upstream = async function* ({ signal }) {
    signal.addEventListener('abort', () => {
      taken.aborted = true;
    });
    const [start, open, delta, close, end] = events as [Event, Event, Event, Event, Event];
    yield [start, open];
    for (let at = 0; at < pieces; at++) {
      taken.bytes += piece.length;
      yield [delta];
      signal.throwIfAborted();
    }
    yield [close, end];
    taken.done = true;
  };
  return { upstream, taken };
}

test('a reader that stands still stops the upstream: what we hold for it stays under 256 KiB', async () => {
  const { upstream, taken } = endless(4_000);
  const responses: ServerResponse[] = [];
  const onRequest = (message: unknown) => responses.push((message as { response: ServerResponse }).response);
  subscribe('http.server.request.start', onRequest);
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  let kernel = 0;
  raw.socket.removeAllListeners('data');
  raw.socket.pause();
  raw.send(rawPost(JSON.stringify({ ...hello, stream: true }), [`Host: localhost:${proxy.port}`, `x-api-key: ${key}`]));
  let before = -1;
  // It stands still when something is held for it and nothing more was taken for a while.
  const standsStill = (): boolean => {
    const still = taken.bytes === before && (responses[0]?.writableLength ?? 0) > 0;
    before = taken.bytes;
    return still;
  };
  await expect.poll(standsStill, { interval: 200 }).toBe(true);
  unsubscribe('http.server.request.start', onRequest);
  expect(taken.done).toBe(false);
  expect(responses).toHaveLength(1);
  const held = responses[0]?.writableLength ?? 0;
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThan(256 * 1024);
  // What left the process sits in the two kernels' buffers and the paused socket's own; the rest is ours.
  raw.socket.on('data', (data) => {
    kernel += Buffer.byteLength(String(data));
  });
  const pulledWhileStill = taken.bytes;
  raw.socket.resume();
  await expect.poll(() => kernel).toBeGreaterThan(0);
  expect(pulledWhileStill).toBeLessThan(16 * 1024 * 1024);
  raw.socket.destroy();
  await expect.poll(() => taken.aborted).toBe(true);
});

test('a reader that stood still for a while gets every byte in the end', async () => {
  const { upstream } = endless(300);
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.socket.pause();
  raw.send(
    rawPost(JSON.stringify({ ...hello, stream: true }), [
      `Host: localhost:${proxy.port}`,
      `x-api-key: ${key}`,
      'Connection: close',
    ]),
  );
  await wait(300);
  raw.socket.resume();
  const text = await raw.closed();
  expect(text.split(piece).length - 1).toBe(300);
  expect(text).toContain('data: [DONE]\n\n');
});

test('a slow reader does not slow the others down', async () => {
  const { upstream, taken } = endless(4_000);
  proxy = await startProxy({ upstream });
  const raw = await rawSocket(proxy.port);
  raw.socket.pause();
  raw.send(rawPost(JSON.stringify({ ...hello, stream: true }), [`Host: localhost:${proxy.port}`, `x-api-key: ${key}`]));
  await wait(300);
  const startedAt = performance.now();
  expect((await fetch(`${proxy.url}/livez`)).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(deadlineMs);
  expect(taken.done).toBe(false);
  raw.socket.destroy();
});

test('two clients share one call and one stands still: the other gets all of it, the stuck one the error event in the end', async () => {
  const pieces = 3_000;
  const { upstream, taken } = endless(pieces);
  let asked = 0;
  const counted: Upstream = (call) => {
    asked++;
    return upstream(call);
  };
  // Thirty seconds pass in a third of one.
  const faster = 90;
  const clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() * faster,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / faster, signal),
  };
  const cache = createResponseCache({ clock });
  const scope = () => ({ secret: 's', account: '1' });
  proxy = await startProxy({
    upstream: withCache({ cache, clock, mode: 'all', scope, identify: async () => {} })(counted),
  });
  const request = rawPost(JSON.stringify({ ...hello, stream: true }), [
    `Host: localhost:${proxy.port}`,
    `x-api-key: ${key}`,
  ]);
  const [stuck, fast] = [await rawSocket(proxy.port), await rawSocket(proxy.port)];
  stuck.socket.pause();
  stuck.send(request);
  while (asked === 0) await wait(5);
  fast.send(request);
  await fast.until('data: [DONE]\n\n', 20_000);
  expect(fast.text().split(piece).length - 1).toBe(pieces);
  expect({ asked, done: taken.done, aborted: taken.aborted }).toEqual({ asked: 1, done: true, aborted: false });
  await wait(1_000);
  stuck.socket.resume();
  const text = await stuck.until('\r\n0\r\n\r\n');
  expect(text).toContain('so the rest was let go. Send the request again.');
  expect(text).not.toContain('[DONE]');
  expect(text.split(piece).length - 1).toBeLessThan(pieces);
  for (const { socket } of [fast, stuck]) socket.destroy();
});
