import { expect, test } from 'vitest';
import { clientGone } from '../../src/base/abort.ts';
import { ProxyError, type RetryAdvice } from '../../src/base/errors.ts';
import type { Event } from '../../src/converse/events.ts';
import { replay } from '../../src/converse/replay.ts';
import { retryBudget } from '../../src/policy/retry.ts';
import { type RetryNotice, withRetry } from '../../src/proxy/with-retry.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, settle, singly } from './call-fixture.ts';

const failure = (retry: RetryAdvice) => new ProxyError('upstream_unavailable', 'Not now.', { retry });
const start: Event = { type: 'start', served: anAnswer().served };

function setup(script: Parameters<typeof scripted>[0]) {
  const clock = fakeClock();
  const notices: RetryNotice[] = [];
  const upstream = scripted(script);
  const layer = withRetry({
    clock,
    random: () => 0.5,
    budget: retryBudget(clock),
    onRetry: (notice) => notices.push(notice),
  });
  return { clock, upstream, notices, ask: layer(upstream) };
}

test('a failure before the first event is repeated after its wait, and the client sees one whole answer', async () => {
  const { clock, upstream, notices, ask } = setup((_, nth) => (nth < 3 ? [failure('backoff')] : singly(anAnswer())));
  const reading = drain(ask(aCall()));
  await settle();
  expect([upstream.calls.length, clock.sleeping()]).toEqual([1, 1]);
  await clock.advance(50);
  expect(upstream.calls.length).toBe(2);
  await clock.advance(100);
  expect(await reading).toEqual({ events: replay(anAnswer()) });
  expect(notices.map(({ attempt, afterMs }) => [attempt, afterMs])).toEqual([
    [1, 50],
    [2, 100],
  ]);
});

test('case 91: a failure behind a lone start is still repeated, and the start comes from the attempt that served', async () => {
  const { clock, upstream, ask } = setup((_, nth) => (nth === 1 ? [[start], failure('backoff')] : singly(anAnswer())));
  const reading = drain(ask(aCall()));
  await settle();
  await clock.advance(50);
  expect(await reading).toEqual({ events: replay(anAnswer()) });
  expect(upstream.calls.length).toBe(2);
});

test('a lone start is given out after four seconds of silence, and then nothing is repeated', async () => {
  const clock = fakeClock();
  let fail: (error: Error) => void = () => {};
  const silence = new Promise<never>((_, reject) => {
    fail = reject;
  });
  let calls = 0;
  const ask = withRetry({ clock, random: () => 0.5, budget: retryBudget(clock) })(async function* () {
    calls++;
    yield [start];
    await silence;
  });
  const iterator = ask(aCall())[Symbol.asyncIterator]();
  const first = iterator.next();
  await settle();
  await clock.advance(4_000);
  expect(await first).toEqual({ done: false, value: [start] });
  fail(failure('backoff'));
  await expect(iterator.next()).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect(calls).toBe(1);
});

test('a start that brings content with it is given out at once', async () => {
  const clock = fakeClock();
  const ask = withRetry({ clock, random: () => 0.5, budget: retryBudget(clock) })(async function* () {
    yield replay(anAnswer()).slice(0, 2);
    await new Promise(() => {});
  });
  const first = ask(aCall())[Symbol.asyncIterator]().next();
  await settle();
  expect(clock.sleeping()).toBe(0);
  expect(await first).toMatchObject({ done: false, value: [{ type: 'start' }, { type: 'open' }] });
});

test('once content follows a lone start, nothing waits for the four seconds any more', async () => {
  const { clock, ask } = setup(() => singly(anAnswer()));
  const source = ask(aCall())[Symbol.asyncIterator]();
  await source.next();
  expect(clock.sleeping()).toBe(0);
});

test('nothing is repeated once content went out', async () => {
  const { upstream, ask } = setup(() => [...singly(anAnswer()).slice(0, 2), failure('backoff')]);
  const { error } = await drain(ask(aCall()));
  expect(error).toMatchObject({ code: 'upstream_unavailable' });
  expect(upstream.calls.length).toBe(1);
});

test('expired credentials get one more attempt, at once', async () => {
  const { upstream, ask } = setup(() => [failure('resign')]);
  const { error } = await drain(ask(aCall()));
  expect(error).toMatchObject({ code: 'upstream_unavailable' });
  expect(upstream.calls.length).toBe(2);
});

test('the client leaves during a wait: the wait ends and no attempt follows', async () => {
  const { upstream, clock, ask } = setup(() => [failure('throttled')]);
  const client = new AbortController();
  const reading = drain(ask(aCall({ signal: client.signal })));
  await settle();
  expect(clock.sleeping()).toBe(1);
  client.abort(clientGone());
  expect((await reading).error).toMatchObject({ code: 'client_gone' });
  expect([upstream.calls.length, clock.sleeping()]).toEqual([1, 0]);
});

test('a failure that comes with the abort is not repeated', async () => {
  const client = new AbortController();
  const { upstream, ask } = setup(() => {
    client.abort(clientGone());
    return [failure('backoff')];
  });
  await drain(ask(aCall({ signal: client.signal })));
  expect(upstream.calls.length).toBe(1);
});

test('a reader that stops early closes the source below', async () => {
  let closed = false;
  const clock = fakeClock();
  const ask = withRetry({ clock, random: () => 0.5, budget: retryBudget(clock) })(async function* () {
    try {
      yield* singly(anAnswer());
    } finally {
      closed = true;
    }
  });
  for await (const _ of ask(aCall())) break;
  expect(closed).toBe(true);
});

test('with the budget spent, the failure goes to the client at once', async () => {
  const clock = fakeClock();
  const upstream = scripted(() => [failure('backoff')]);
  const budget = retryBudget(clock);
  while (budget.withdraw());
  const ask = withRetry({ clock, random: () => 0, budget })(upstream);
  await drain(ask(aCall()));
  expect(upstream.calls.length).toBe(1);
});
