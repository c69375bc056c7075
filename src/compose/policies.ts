import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/schema.ts';
import type { Recorder } from '../observe/recorder.ts';
import type { BudgetRule } from '../policy/budget.ts';
import type { Policies } from '../proxy/policies.ts';
import { policySettings, present } from '../proxy/policy-settings.ts';

const weekMs = 7 * 86_400_000;

/** The policies, after the ledger was asked what is spent already; without budgets it need not be open yet. */
export async function openPolicies(
  settings: Settings,
  recorder: Recorder,
  clock: Clock,
  account: () => string,
): Promise<Policies> {
  const { createPolicies } = await import('../proxy/policies.ts');
  const spentSince = settings.budgets.length === 0 ? undefined : await spentInLedger(recorder, clock);
  return createPolicies(policySettings(settings), {
    clock,
    random: Math.random,
    tell: recorder.write,
    sinks: [],
    account,
    ...(spentSince && { spentSince }),
    async usualOutput(modelId) {
      const [book, { outputP99 }] = await Promise.all([recorder.ledger(), import('../observe/usage.ts')]);
      return outputP99(book.database(), modelId, { from: clock.now() - weekMs, to: clock.now() + 1 });
    },
  });
}

async function spentInLedger(recorder: Recorder, clock: Clock): Promise<(rule: BudgetRule, from: number) => number> {
  const [book, { spentUsd }] = await Promise.all([recorder.ledger(), import('../observe/usage.ts')]);
  return ({ keyId, modelId }, from) =>
    spentUsd(book.database(), { from, to: clock.now() + 1 }, present({ keyId, modelId }));
}
