import type { Settings } from '../config/schema.ts';
import type { LedgerCall } from '../observe/ledger-call.ts';
import { ledgerFile } from '../observe/recorder.ts';
import type { UsageRow } from '../observe/usage.ts';

/** A budget of the settings and what is spent of it. */
export type BudgetSpent = {
  scope: string;
  period: 'day' | 'month';
  action: string;
  limitUsd: number;
  spentUsd: number;
};

/** The newest call that failed. */
export type LastError = {
  id: string;
  at: number;
  model: string;
  code: string;
  /** What the call reserved of the quota besides its input. */
  maxTokens: number | undefined;
};

/** What was used since midnight, of all models. */
export type Today = {
  requests: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  usd: number;
  savedUsd: number;
  unpriced: number;
};

/** What was used since midnight, the last failure of the last 24 hours and what is spent of the budgets, from the ledger on disk; undefined when there is none yet. */
export async function readToday(
  state: string,
  now: Date,
  budgets: Settings['budgets'],
): Promise<{ today: Today; lastError: LastError | undefined; budgets: BudgetSpent[] } | undefined> {
  const [{ readLedger }, { spentUsd, usageBy }, { lastFailure }] = await Promise.all([
    import('../observe/ledger.ts'),
    import('../observe/usage.ts'),
    import('../observe/ledger-call.ts'),
  ]);
  const database = await readLedger(ledgerFile(state));
  if (!database) return undefined;
  try {
    const to = now.getTime() + 1;
    const failure = lastFailure(database, now.getTime() - dayMs);
    return {
      today: totalOf(usageBy(database, 'model', { from: startOf('day', now), to })),
      lastError: failure && errorOf(failure),
      budgets: budgets.map(({ period, usd, action, key, model }) => {
        const only = { ...(key !== undefined && { keyId: key }), ...(model !== undefined && { modelId: model }) };
        const spent = spentUsd(database, { from: startOf(period, now), to }, only);
        return { scope: key ?? model ?? 'all calls', period, action, limitUsd: usd, spentUsd: spent };
      }),
    };
  } finally {
    database.close();
  }
}

const dayMs = 86_400_000;

/** The beginning of the local day or month. */
const startOf = (period: 'day' | 'month', now: Date): number =>
  new Date(now.getFullYear(), now.getMonth(), period === 'day' ? now.getDate() : 1).getTime();

function totalOf(rows: readonly UsageRow[]): Today {
  const sum = (pick: (row: UsageRow) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const read = sum(({ cacheReadTokens }) => cacheReadTokens);
  return {
    requests: sum(({ calls }) => calls),
    inputTokens: sum(({ inputTokens, cacheWriteTokens }) => inputTokens + cacheWriteTokens) + read,
    cachedTokens: read,
    outputTokens: sum(({ outputTokens }) => outputTokens),
    usd: sum(({ usd }) => usd),
    savedUsd: sum(({ savedUsd }) => savedUsd),
    unpriced: sum(({ unpriced }) => unpriced),
  };
}

const errorOf = ({ id, at, model, code = '', maxTokens }: LedgerCall): LastError => ({
  id,
  at,
  model,
  code,
  maxTokens,
});
