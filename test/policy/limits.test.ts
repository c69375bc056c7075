import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { createLimits, type LimitRules } from '../../src/policy/limits.ts';
import { tokenBucket } from '../../src/policy/token-bucket.ts';
import { fakeClock } from '../proxy/call-fixture.ts';

function setup(perKey: LimitRules, global: LimitRules = {}) {
  const clock = fakeClock();
  const hits: string[] = [];
  const limits = createLimits({ perKey, global, clock, onLimit: ({ limit }) => hits.push(limit) });
  const admit = (key = 'key_a') => {
    try {
      return limits.admit(key, 'req_1');
    } catch (error) {
      if (error instanceof ProxyError) return error;
      throw error;
    }
  };
  return { clock, limits, hits, admit };
}

test('so many requests a minute and no more; the refusal names the limit, the wait and the setting', async () => {
  const { clock, hits, admit } = setup({ requestsPerMinute: 60 });
  for (let nth = 0; nth < 60; nth++)
    expect(admit()).toMatchObject({ state: { requests: { limit: 60, remaining: 59 - nth } } });
  const refused = admit();
  expect(refused).toMatchObject({ code: 'limited', facts: { retryAfterMs: 1000 } });
  expect(refused instanceof ProxyError && refused.publicMessage).toBe(
    "This proxy's limit of 60 requests a minute for this key is reached. Try again in 1 s.",
  );
  expect(hits).toEqual(['requestsPerMinute of this key']);
  await clock.advance(1000);
  expect(admit()).toHaveProperty('state');
});

test('of several limits that are reached, the one that holds longest is told: after its wait the call is let in', async () => {
  const { clock, hits, admit } = setup({ requestsPerMinute: 2, requestsPerHour: 2 }, { requestsPerMinute: 2 });
  for (let nth = 0; nth < 2; nth++) expect(admit()).toHaveProperty('state');
  const refused = admit();
  expect(refused).toMatchObject({ facts: { retryAfterMs: 1_800_000 } });
  expect(hits).toEqual(['requestsPerHour of this key']);
  await clock.advance(1_800_000);
  expect(admit()).toHaveProperty('state');
});

test('the wait that was told is enough to the millisecond, however often the bucket was looked at meanwhile', async () => {
  const { clock, admit } = setup({ requestsPerHour: 3 });
  for (let nth = 0; nth < 3; nth++) expect(admit()).toHaveProperty('state');
  const refused = admit();
  const waitMs = refused instanceof ProxyError ? (refused.facts.retryAfterMs ?? 0) : 0;
  for (let nth = 0; nth < 40; nth++) {
    await clock.advance(waitMs / 40);
    if (nth < 39) expect(admit()).toBeInstanceOf(ProxyError);
  }
  expect(admit()).toHaveProperty('state');
});

test('one key at its limit does not hold up another; the limit of all does', () => {
  const { admit } = setup({ requestsPerMinute: 1 }, { requestsPerMinute: 2 });
  expect(admit('a')).toHaveProperty('state');
  expect(admit('a')).toBeInstanceOf(ProxyError);
  expect(admit('b')).toHaveProperty('state');
  expect(admit('c')).toMatchObject({ publicMessage: expect.stringContaining('for all keys') });
});

test('a refused call counts against nothing', () => {
  const { admit, limits } = setup({ requestsPerMinute: 10 }, { concurrent: 1 });
  expect(admit()).toHaveProperty('state');
  for (let nth = 0; nth < 20; nth++) expect(admit()).toBeInstanceOf(ProxyError);
  expect(limits.open()).toBe(1);
});

test('tokens are admitted on credit and settled by what was used', async () => {
  const { clock, admit } = setup({ tokensPerMinute: 1000 });
  const first = admit();
  if (first instanceof ProxyError) throw first;
  expect(first.state.tokens).toEqual({ limit: 1000, remaining: 1000, resetMs: 0 });
  first.settle(3000);
  const refused = admit();
  expect(refused).toMatchObject({ facts: { retryAfterMs: Math.ceil((2001 / 1000) * 60_000) } });
  await clock.advance(2.1 * 60_000);
  expect(admit()).toHaveProperty('state');
});

test('places for open calls are given back, once each', () => {
  const { admit, limits } = setup({ concurrent: 2 });
  const one = admit();
  const two = admit();
  expect(admit()).toMatchObject({ code: 'limited' });
  if (!(one instanceof ProxyError)) {
    one.release();
    one.release();
  }
  expect(admit()).toHaveProperty('state');
  expect(admit()).toMatchObject({ code: 'limited' });
  if (!(two instanceof ProxyError)) two.release();
  expect(limits.open()).toBe(1);
});

test('whatever the arrivals, no window of a minute lets more than twice the limit through, and over the run the rate holds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 300 }), (gaps) => {
      const bucket = tokenBucket(10, 60_000, 0);
      const passed: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (bucket.waitFor(now, 1) > 0) continue;
        bucket.take(now, 1);
        passed.push(now);
      }
      for (const from of passed) {
        expect(passed.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(20);
      }
      expect(passed.length).toBeLessThanOrEqual(10 + (now / 60_000) * 10);
    }),
  );
});

test('the wait that a bucket tells is enough, and hardly more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 1000 }), (capacity, taken) => {
      const bucket = tokenBucket(capacity, 60_000, 0);
      bucket.take(0, taken);
      const wait = bucket.waitFor(0, 1);
      expect(bucket.left(wait)).toBeGreaterThanOrEqual(1 - 1e-9);
      if (wait > 1) expect(tokenBucketAt(capacity, taken, wait - 2)).toBeLessThan(1);
    }),
  );
});

function tokenBucketAt(capacity: number, taken: number, at: number): number {
  const bucket = tokenBucket(capacity, 60_000, 0);
  bucket.take(0, taken);
  return bucket.left(Math.max(0, at));
}

test('over a simulated day of ever new keys, memory holds ten thousand of them', async () => {
  const { clock, limits } = setup({ requestsPerMinute: 10 });
  for (let minute = 0; minute < 24 * 60; minute++) {
    for (let nth = 0; nth < 10; nth++) limits.admit(`key_${minute}_${nth}`, 'req_1').release();
    await clock.advance(60_000);
  }
  expect(limits.open()).toBe(0);
});

test('the state tells each limit with what is left, a key’s own before everybody’s', () => {
  const { limits, admit } = setup({ requestsPerMinute: 10, concurrent: 2 }, { tokensPerMinute: 1000 });
  expect(limits.state()).toEqual([{ name: 'tokensPerMinute', whose: 'all keys', limit: 1000, left: 1000 }]);
  admit('key_a');
  expect(limits.state()).toEqual([
    { name: 'requestsPerMinute', whose: 'key_a', limit: 10, left: 9 },
    { name: 'concurrent', whose: 'key_a', limit: 2, left: 1 },
    { name: 'tokensPerMinute', whose: 'all keys', limit: 1000, left: 1000 },
  ]);
});

test('a key’s first call leaves a whole limit less one, though time goes on while it is let in', () => {
  let now = 0;
  const limits = createLimits({ perKey: { requestsPerMinute: 2 }, global: {}, clock: { monotonic: () => now++ } });
  expect(limits.admit('key_a', 'req_1').state.requests).toMatchObject({ limit: 2, remaining: 1 });
});
