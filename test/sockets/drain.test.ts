import { expect, test } from 'vitest';
import { orAbort } from '../../src/base/abort.ts';
import type { Upstream } from '../../src/converse/call.ts';
import { replay } from '../../src/converse/replay.ts';
import { deadlineMs } from '../deadline.ts';
import { hello, startProxy } from '../http/proxy-under-test.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An upstream whose answers end when the test says so; `asked` resolves when it is called. */
function held() {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const events = replay(anAnswer('finished'));
  const upstream: Upstream = async function* () {
    asked.resolve();
    yield events.slice(0, 2);
    await gate.promise;
    yield events.slice(2);
  };
  return { upstream, finish: gate.resolve, asked: asked.promise };
}

test('promise 23: closing refuses new connections at once, lets open streams finish, then resolves', async () => {
  const { upstream, finish } = held();
  const proxy = await startProxy({ upstream });
  const response = await proxy.chat({ ...hello, stream: true });
  let closed = false;
  const closing = proxy.close().then(() => {
    closed = true;
  });
  await wait(20);
  await expect(fetch(`${proxy.url}/livez`)).rejects.toThrow();
  expect(closed).toBe(false);
  finish();
  expect(await response.text()).toContain('[DONE]');
  const startedAt = performance.now();
  await closing;
  expect(performance.now() - startedAt).toBeLessThan(deadlineMs);
});

test('an answer whose head is not yet out says Connection: close', async () => {
  const { upstream, finish, asked } = held();
  const proxy = await startProxy({ upstream });
  const response = proxy.chat(hello);
  await asked;
  const closing = proxy.close();
  finish();
  expect((await response).headers.get('connection')).toBe('close');
  await closing;
});

test('a finished stream’s keep-alive socket does not keep the close waiting', async () => {
  const proxy = await startProxy({ upstream: scripted(() => singly(anAnswer())) });
  await (await proxy.chat({ ...hello, stream: true })).text();
  const startedAt = performance.now();
  await proxy.close();
  expect(performance.now() - startedAt).toBeLessThan(deadlineMs);
});

test('who waits when the drain time is over is told so in the dialect, and never just cut off', async () => {
  const begun = replay(anAnswer('half')).slice(0, 3);
  const upstream: Upstream = async function* (call) {
    if (call.stream) yield begun;
    await orAbort(new Promise(() => {}), call.signal);
  };
  const proxy = await startProxy({ upstream, server: { drainMs: 100 } });
  const streamed = await proxy.chat({ ...hello, stream: true });
  const whole = proxy.chat(hello);
  let text = '';
  const reading = (async () => {
    for await (const piece of streamed.body ?? []) text += Buffer.from(piece).toString();
  })();
  await wait(30);
  await proxy.close();
  await reading;
  expect(text).toMatch(/data: \{"error":\{"message":"The proxy was stopped.*\n\n$/);
  expect(text).not.toContain('[DONE]');
  expect(await whole).toMatchObject({ status: 503 });
});

test('a stream that outlives the drain time is cut, and its upstream told', async () => {
  const { upstream } = held();
  let aborted = false;
  const watched: Upstream = (call) => {
    call.signal.addEventListener('abort', () => {
      aborted = true;
    });
    return upstream(call);
  };
  const proxy = await startProxy({ upstream: watched, server: { drainMs: 150 } });
  const response = await proxy.chat({ ...hello, stream: true });
  await proxy.close();
  await expect(response.text()).rejects.toThrow();
  await expect.poll(() => aborted).toBe(true);
});
