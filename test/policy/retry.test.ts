import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError, type RetryAdvice } from '../../src/base/errors.ts';
import { decideRetry, maxRetries, retryBudget } from '../../src/policy/retry.ts';
import { fakeClock } from '../proxy/call-fixture.ts';

const failure = (retry: RetryAdvice, retryAfterMs?: number, exhausted?: boolean) =>
  new ProxyError('upstream_limited', 'Slow down.', { retry, retryAfterMs, exhausted });
const at = (error: ProxyError, attempts: number, random = 0.5, resigned = false) =>
  decideRetry({ error, attempts, resigned, waitedMs: 0, stream: false, random });

test('a failure without advice, and one that says never, is final', () => {
  expect(at(new ProxyError('invalid_request', 'No.'), 1)).toEqual({ retry: false });
  expect(at(failure('never'), 1)).toEqual({ retry: false });
});

test('case 97: a daily quota is not waited for, whatever the advice', () => {
  expect(at(failure('throttled', undefined, true), 1)).toEqual({ retry: false });
});

test('case 98: two retries at most, one for `once`', () => {
  expect(at(failure('backoff'), maxRetries).retry).toBe(true);
  expect(at(failure('backoff'), maxRetries + 1).retry).toBe(false);
  expect(at(failure('once'), 1).retry).toBe(true);
  expect(at(failure('once'), 2).retry).toBe(false);
});

test('fresh credentials are tried once, at once, and do not use up a retry', () => {
  expect(at(failure('resign'), 1)).toEqual({ retry: true, afterMs: 0, resign: true });
  expect(at(failure('resign'), 2, 0.5, true)).toEqual({ retry: false });
  expect(at(failure('backoff'), maxRetries + 1, 0.5, true).retry).toBe(true);
});

test('waits have full jitter below a doubling bound, longer for throttling', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constantFrom(1, 2), (random, attempt) => {
      const backoff = at(failure('backoff'), attempt, random);
      const throttled = at(failure('throttled'), attempt, random);
      expect(backoff).toMatchObject({ afterMs: random * 100 * 2 ** (attempt - 1) });
      expect(throttled).toMatchObject({ afterMs: random * 1000 * 2 ** (attempt - 1) });
    }),
  );
});

test('Retry-After is the least that is waited, and one beyond ten seconds is given to the client', () => {
  const decision = at(failure('throttled', 3000), 1);
  expect(decision.retry && decision.afterMs).toBeGreaterThanOrEqual(3000);
  expect(at(failure('throttled', 30_000), 1)).toEqual({ retry: false });
});

test('case 97: a wait that only we guessed is advice for the client, not a floor for our own retries', () => {
  const guessed = new ProxyError('upstream_limited', 'Slow down.', {
    retry: 'throttled',
    retryAfterMs: 5000,
    retryAfterGuessed: true,
  });
  expect(at(guessed, 1)).toMatchObject({ retry: true, afterMs: 500 });
});

test('case 91: a stream is not held by waits beyond the time in which a refusal keeps its status', () => {
  const told = { error: failure('throttled', 3000), attempts: 1, resigned: false, stream: true, random: 0 };
  expect(decideRetry({ ...told, waitedMs: 0 })).toMatchObject({ retry: true, afterMs: 3000 });
  expect(decideRetry({ ...told, waitedMs: 3000 })).toEqual({ retry: false });
  expect(decideRetry({ ...told, stream: false, waitedMs: 3000 })).toMatchObject({ retry: true });
});

test('the budget lets a burst through, then a fifth of the calls and ten a second', async () => {
  const clock = fakeClock();
  const budget = retryBudget(clock);
  for (let taken = 0; taken < 100; taken++) expect(budget.withdraw()).toBe(true);
  expect(budget.withdraw()).toBe(false);
  for (let call = 0; call < 11; call++) budget.deposit();
  expect([budget.withdraw(), budget.withdraw(), budget.withdraw()]).toEqual([true, true, false]);
  await clock.advance(1000);
  const second = Array.from({ length: 11 }, () => budget.withdraw());
  expect(second.filter(Boolean)).toHaveLength(10);
});

test('over a simulated day of failures, retries stay within the budget', async () => {
  const clock = fakeClock();
  const budget = retryBudget(clock);
  let retries = 0;
  const seconds = 86_400;
  for (let second = 0; second < seconds; second += 60) {
    for (let call = 0; call < 1000; call++) {
      budget.deposit();
      if (budget.withdraw()) retries++;
    }
    await clock.advance(60_000);
  }
  const minutes = seconds / 60;
  expect(retries).toBeLessThanOrEqual(minutes * (1000 * 0.2 + 100) + 100);
});
