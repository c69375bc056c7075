import { existsSync } from 'node:fs';
import type { Settings } from '../config/schema.ts';
import { ledgerFile } from '../observe/recorder.ts';

/** A budget of the settings and what is spent of it. */
export type BudgetSpent = {
  scope: string;
  period: 'day' | 'month';
  action: string;
  limitUsd: number;
  spentUsd: number;
};

export type LastError = {
  id: string;
  at: number;
  model: string;
  code: string;
  /** What the call reserved of the quota besides its input. */
  maxTokens: number | undefined;
};
export type Today = {
  requests: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  usd: number;
  savedUsd: number;
  unpriced: number;
};

/** What was used since midnight, and the last failure of the last day, from the ledger on disk; undefined when there is none yet. */
export async function readToday(
  state: string,
  now: Date,
  rules: Settings['budgets'] = [],
): Promise<{ today: Today; lastError: LastError | undefined; budgets: BudgetSpent[] } | undefined> {
  const file = ledgerFile(state);
  if (!existsSync(file)) return undefined;
  const [{ DatabaseSync }, { spentUsd, usageBy }] = await Promise.all([
    import('node:sqlite'),
    import('../observe/usage.ts'),
  ]);
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
    const rows = usageBy(database, 'model', { from: midnight, to: now.getTime() + 1 });
    const sum = (pick: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((total, row) => total + pick(row), 0);
    const read = sum(({ cacheReadTokens }) => cacheReadTokens);
    const today: Today = {
      requests: sum(({ calls }) => calls),
      inputTokens: sum(({ inputTokens, cacheWriteTokens }) => inputTokens + cacheWriteTokens) + read,
      cachedTokens: read,
      outputTokens: sum(({ outputTokens }) => outputTokens),
      usd: sum(({ usd }) => usd),
      savedUsd: sum(({ savedUsd }) => savedUsd),
      unpriced: sum(({ unpriced }) => unpriced),
    };
    const last = database
      .prepare(
        `SELECT id, at, model, code, max_tokens FROM calls WHERE at >= $from AND outcome = 'failed' ORDER BY at DESC LIMIT 1`,
      )
      .get({ $from: now.getTime() - 86_400_000 });
    const lastError = last && {
      id: String(last['id']),
      at: Number(last['at']),
      model: String(last['model']),
      code: String(last['code']),
      maxTokens: last['max_tokens'] === null ? undefined : Number(last['max_tokens']),
    };
    const budgets = rules.map(({ period, usd, action, key, model }): BudgetSpent => {
      const from = new Date(now.getFullYear(), now.getMonth(), period === 'day' ? now.getDate() : 1).getTime();
      const only = { ...(key !== undefined && { keyId: key }), ...(model !== undefined && { modelId: model }) };
      const spent = spentUsd(database, { from, to: now.getTime() + 1 }, only);
      return { scope: key ?? model ?? 'all calls', period, action, limitUsd: usd, spentUsd: spent };
    });
    return { today, lastError, budgets };
  } finally {
    database.close();
  }
}
