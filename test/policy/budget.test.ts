import { expect, test } from 'vitest';
import { type BudgetNotice, type BudgetRule, createBudgets } from '../../src/policy/budget.ts';
import { withBudget, withBudgetTold } from '../../src/proxy/with-budget.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, singly } from '../proxy/call-fixture.ts';

const call = { keyId: 'key_a', modelId: 'anthropic.claude-sonnet-5' };

function setup(rules: BudgetRule[], already = 0) {
  const clock = fakeClock(new Date(2026, 10, 22, 12).getTime());
  const notices: BudgetNotice[] = [];
  const budgets = createBudgets({
    rules,
    clock,
    spentSince: () => already,
    onNotice: (notice) => notices.push(notice),
  });
  return { clock, notices, budgets };
}

test('notices come at 80, 95 and 100 percent, once each, and anew the next day', async () => {
  const { clock, notices, budgets } = setup([{ period: 'day', limitUsd: 10, action: 'notice' }]);
  for (let cents = 0; cents < 1200; cents++) budgets.add(call, 0.01);
  expect(notices.map(({ percent }) => percent)).toEqual([80, 95, 100]);
  expect(budgets.check(call)).toEqual({ allow: true });
  await clock.advance(86_400_000);
  budgets.add(call, 9.7);
  expect(notices.map(({ percent }) => percent)).toEqual([80, 95, 100, 95]);
});

test('a spent budget refuses until its period ends, and says so', async () => {
  const { clock, budgets } = setup([{ period: 'day', limitUsd: 1, action: 'refuse' }]);
  expect(budgets.check(call)).toEqual({ allow: true });
  budgets.add(call, 1.5);
  const verdict = budgets.check(call);
  expect(verdict).toMatchObject({
    allow: false,
    error: { code: 'limited', facts: { exhausted: true, retryAfterMs: 12 * 3_600_000 } },
  });
  expect(!verdict.allow && verdict.error.publicMessage).toContain('daily budget of $1.00 is spent ($1.50)');
  await clock.advance(12 * 3_600_000);
  expect(budgets.check(call)).toEqual({ allow: true });
});

test('a budget of one key or one model concerns no other', () => {
  const { budgets } = setup([
    { period: 'month', limitUsd: 1, action: 'refuse', keyId: 'key_a' },
    { period: 'day', limitUsd: 1, action: 'refuse', modelId: 'dear' },
  ]);
  budgets.add(call, 5);
  expect(budgets.check(call).allow).toBe(false);
  expect(budgets.check({ ...call, keyId: 'key_b' })).toEqual({ allow: true });
  budgets.add({ keyId: 'key_b', modelId: 'dear' }, 5);
  expect(budgets.check({ keyId: 'key_c', modelId: 'dear' }).allow).toBe(false);
});

test('after a restart a budget starts from what the ledger knows, without repeating its notices', () => {
  const { budgets, notices } = setup([{ period: 'day', limitUsd: 10, action: 'refuse' }], 9.6);
  budgets.add(call, 0.1);
  expect(notices).toEqual([]);
  expect(budgets.state()).toMatchObject([{ spentUsd: 9.7 }]);
  budgets.add(call, 0.5);
  expect(notices.map(({ percent }) => percent)).toEqual([100]);
});

test('`clamp` keeps answers short and reports it; a shorter wish stays as it is', async () => {
  const { budgets } = setup([{ period: 'day', limitUsd: 1, action: 'clamp' }]);
  budgets.add({ keyId: 'key_a', modelId: aCall().target.info.id }, 2);
  const upstream = scripted(() => singly(anAnswer()));
  const ask = withBudget(budgets)(upstream);
  await drain(ask(aCall({ request: { messages: [], inferenceConfig: { maxTokens: 8000, temperature: 0 } } })));
  await drain(ask(aCall({ request: { messages: [] } })));
  await drain(ask(aCall({ request: { messages: [], inferenceConfig: { maxTokens: 10 } } })));
  expect(upstream.calls.map(({ request }) => request.inferenceConfig)).toEqual([
    { maxTokens: 1024, temperature: 0 },
    { maxTokens: 1024 },
    { maxTokens: 10 },
  ]);
  expect(upstream.calls.map(({ changes }) => changes.map(({ what }) => what))).toEqual([
    ['max_tokens 8000 -> 1024'],
    ['max_tokens default -> 1024'],
    [],
  ]);
});

test('a refused call never reaches the upstream', async () => {
  const { budgets } = setup([{ period: 'day', limitUsd: 0, action: 'refuse' }]);
  const upstream = scripted(() => singly(anAnswer()));
  const { error } = await drain(withBudget(budgets)(upstream)(aCall()));
  expect(error).toMatchObject({ code: 'limited' });
  expect(upstream.calls).toEqual([]);
});

test('from 80 percent on, answers tell the fullest budget that binds the call, to that key’s callers only', async () => {
  const { budgets } = setup([
    { period: 'day', limitUsd: 1, action: 'notice', keyId: 'key_a' },
    { period: 'month', limitUsd: 10, action: 'notice' },
  ]);
  const ask = withBudgetTold(budgets)(scripted(() => singly(anAnswer())));
  const told = async (id: string) => {
    const mine = aCall();
    const { events } = await drain(ask({ ...mine, principal: { ...mine.principal, id } }));
    return events[0]?.type === 'start' ? events[0].served.budget : 'no start';
  };
  budgets.add(call, 0.79);
  expect(await told('key_a')).toBeUndefined();
  budgets.add(call, 0.035);
  expect(await told('key_a')).toEqual({ percent: 82, period: 'day', limitUsd: 1 });
  expect(await told('key_b')).toBeUndefined();
  budgets.add({ ...call, keyId: 'key_b' }, 8.5);
  expect(await told('key_a')).toMatchObject({ percent: 93, period: 'month' });
  expect(await told('key_b')).toMatchObject({ percent: 93, period: 'month' });
});
