import { afterEach, expect, test, vi } from 'vitest';
import { lastDays } from '../../src/cli/ledger-reader.ts';
import { createBudgets } from '../../src/policy/budget.ts';

afterEach(() => vi.unstubAllEnvs());

const hour = 3_600_000;

/** A zone, an hour of its clock change, and how long that day is. */
const changes = [
  ['America/New_York', '2026-03-08T20:00:00Z', 23],
  ['America/New_York', '2026-11-01T20:00:00Z', 25],
  ['Europe/Berlin', '2026-03-29T12:00:00Z', 23],
  ['Europe/Berlin', '2026-10-25T12:00:00Z', 25],
  ['Asia/Kolkata', '2026-10-25T12:00:00Z', 24],
  ['Pacific/Chatham', '2026-04-04T20:00:00Z', 25],
  ['Pacific/Chatham', '2026-09-26T20:00:00Z', 23],
] as const;

test.each(changes)('usage --days counts whole days of the calendar in %s, at %s too', (zone, at, hours) => {
  vi.stubEnv('TZ', zone);
  const now = Date.parse(at);
  const { from, to } = lastDays(1, now);
  expect(to).toBe(now + 1);
  for (const days of [1, 2, 30]) {
    const first = new Date(lastDays(days, now).from);
    expect([first.getHours(), first.getMinutes(), first.getSeconds()]).toEqual([0, 0, 0]);
  }
  const tomorrow = new Date(now);
  tomorrow.setHours(24, 0, 0, 0);
  expect((tomorrow.getTime() - from) / hour).toBe(hours);
  const yesterday = new Date(now);
  yesterday.setHours(-24, 0, 0, 0);
  expect(lastDays(2, now).from).toBe(yesterday.getTime());
});

test.each(changes)("a day's budget in %s begins anew at midnight, at %s too", (zone, at, hours) => {
  vi.stubEnv('TZ', zone);
  const from = lastDays(1, Date.parse(at)).from;
  let now = from;
  const budgets = createBudgets({
    rules: [{ period: 'day', limitUsd: 1, action: 'refuse' }],
    clock: { now: () => now },
    spentSince: () => 0,
  });
  const call = { keyId: 'a', modelId: 'b' };
  budgets.add(call, 2);
  now = from + hours * hour - 1;
  expect(budgets.check(call)).toMatchObject({ allow: false, error: { facts: { retryAfterMs: 1 } } });
  now += 1;
  expect(budgets.check(call)).toEqual({ allow: true });
});

test('a number of days that no calendar has is all there is', () => {
  expect(lastDays(1e12, Date.parse('2026-11-22T12:00:00Z')).from).toBe(0);
});
