import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Served, Usage } from '../../src/converse/events.ts';
import { costOfAnswer, pricedTokens, priceTokens } from '../../src/policy/cost.ts';

const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 };
const usage = (different: Partial<Usage> = {}): Usage => ({
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  ...different,
});
const served: Served = { model: 'm', region: 'r', changes: [] };
const cost = (used: Usage, different: Partial<Served> = {}) =>
  costOfAnswer({ ...served, ...different }, { stopReason: 'end_turn', usage: used }, price);

test('a million tokens of each kind cost what the table says', () => {
  const million = 1_000_000;
  expect(cost(usage({ inputTokens: million }))?.usd).toBe(3);
  expect(cost(usage({ outputTokens: million }))?.usd).toBe(15);
  expect(cost(usage({ cacheReadInputTokens: million }))).toEqual({ usd: 0.3, savedUsd: 2.7 });
});

test('cache writes of an hour are priced as such, the rest as five minutes', () => {
  const used = usage({
    cacheWriteInputTokens: 300,
    cacheDetails: [
      { ttl: '1h', inputTokens: 100 },
      { ttl: '5m', inputTokens: 200 },
    ],
  });
  expect(pricedTokens(used)).toMatchObject({ cacheWrite5m: 200, cacheWrite1h: 100 });
  expect(cost(used)?.usd).toBeCloseTo((200 * 3.75 + 100 * 6) / 1e6, 12);
  expect(cost(used)?.savedUsd).toBeLessThan(0);
});

test('a price that is needed and unknown makes the answer unpriced, never zero', () => {
  const tokens = { input: 10, output: 10, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  expect(priceTokens(tokens, undefined)).toBeUndefined();
  expect(priceTokens(tokens, { input: 3 })).toBeUndefined();
  expect(priceTokens(tokens, { input: 3, output: 15 })?.usd).toBeCloseTo(0.00018);
  expect(priceTokens({ ...tokens, cacheRead: 1 }, { input: 3, output: 15 })).toBeUndefined();
});

test('an answer without usage, and one of another service tier, are unpriced', () => {
  expect(costOfAnswer(served, { stopReason: 'end_turn' }, price)).toBeUndefined();
  expect(
    costOfAnswer(served, { stopReason: 'end_turn', usage: usage({ inputTokens: 1 }), serviceTier: 'flex' }, price),
  ).toBeUndefined();
});

test.each([{ status: 'hit', ttl: 1, age: 1 }, { status: 'shared' }] as const)(
  '$status: free, and what it would have cost is saved',
  (cache) => {
    expect(cost(usage({ outputTokens: 1_000_000 }), { cache })).toEqual({ usd: 0, savedUsd: 15 });
  },
);

test('cost grows with every kind of token, and is the sum of its parts', () => {
  const count = fc.nat(100_000);
  const tokens = fc.record({ input: count, output: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count });
  const usd = (each: Parameters<typeof priceTokens>[0]) => priceTokens(each, price)?.usd ?? Number.NaN;
  fc.assert(
    fc.property(tokens, tokens, (one, two) => {
      const both = {
        input: one.input + two.input,
        output: one.output + two.output,
        cacheRead: one.cacheRead + two.cacheRead,
        cacheWrite5m: one.cacheWrite5m + two.cacheWrite5m,
        cacheWrite1h: one.cacheWrite1h + two.cacheWrite1h,
      };
      expect(usd(both)).toBeCloseTo(usd(one) + usd(two), 9);
      expect(usd(one)).toBeGreaterThanOrEqual(0);
    }),
  );
});
