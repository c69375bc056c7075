import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/schema.ts';
import type { RecordSink } from '../observe/call-record.ts';
import type { RecentCalls } from '../observe/recent-calls.ts';
import type { Recorder } from '../observe/recorder.ts';
import type { BudgetRule } from '../policy/budget.ts';
import type { Policies } from '../proxy/policies.ts';
import { defaultMaxTokens, policySettings, present } from '../proxy/policy-settings.ts';
import { budgetsByModelId } from './budget-models.ts';

const weekMs = 7 * 86_400_000;

export type PolicyParts = {
  settings: Settings;
  /** The settings as they stand now: some are taken over while the server runs. */
  live: () => Settings;
  recorder: Recorder;
  clock: Clock;
  /** Names the identity that answers; undefined while it is not known. */
  account: () => string | undefined;
  /** Finds it out. Never throws. */
  identify: () => Promise<void>;
  recent: Pick<RecentCalls, 'began'>;
  /** Who gets each call's record besides the recorder. */
  sinks: readonly RecordSink[];
};

/** The policies, after the ledger was asked what is spent already; without budgets it need not be open yet. */
export async function openPolicies({
  settings,
  live,
  recorder,
  clock,
  account,
  identify,
  recent,
  sinks,
}: PolicyParts): Promise<Policies> {
  const [{ createPolicies }, { shippedPrice }] = await Promise.all([
    import('../proxy/policies.ts'),
    import('../bedrock/shipped-models.ts'),
  ]);
  const spentSince = settings.budgets.length === 0 ? undefined : await spentInLedger(recorder, clock);
  const budgets = await budgetsByModelId(settings);
  return createPolicies(policySettings({ ...settings, budgets }), {
    clock,
    random: Math.random,
    tell: recorder.write,
    sinks,
    account,
    identify,
    onBegin: ({ id, client, format, model, target }) =>
      recent.began({ id, at: clock.now(), client: client.name, format, model, target: target.modelId }),
    priceOf: shippedPrice,
    defaultMaxTokens: () => defaultMaxTokens(live()),
    ...(spentSince && { spentSince }),
    async usualOutput(modelId) {
      const [book, { outputP99 }] = await Promise.all([recorder.ledger(), import('../observe/load-by-model.ts')]);
      return outputP99(book.database(), modelId, { from: clock.now() - weekMs, to: clock.now() + 1 });
    },
  });
}

async function spentInLedger(recorder: Recorder, clock: Clock): Promise<(rule: BudgetRule, from: number) => number> {
  const [book, { spentUsd }] = await Promise.all([recorder.ledger(), import('../observe/usage.ts')]);
  return ({ keyId, modelId }, from) =>
    spentUsd(book.database(), { from, to: clock.now() + 1 }, present({ keyId, modelId }));
}
