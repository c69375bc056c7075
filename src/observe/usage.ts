import type { DatabaseSync } from 'node:sqlite';

/** What `usage` groups by. Days are the person's own, by the local clock. */
export type UsageBy = 'day' | 'model' | 'key' | 'client';

/** The sums of one group of calls. */
export type UsageRow = {
  /** A day as YYYY-MM-DD, a model id, a key's name or a client's name. */
  group: string;
  calls: number;
  /** Calls that failed upstream or inside. */
  failed: number;
  /** Calls answered from the response cache or by one in flight. */
  fromCache: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Of the priced calls. */
  usd: number;
  savedUsd: number;
  /** Calls that used tokens whose price is not known: `usd` is too low by these. */
  unpriced: number;
};

/** Whether all that was used is of unknown price: then there is no sum to show, least of all $0. */
export function isUnpriced({ usd, unpriced }: Pick<UsageRow, 'usd' | 'unpriced'>): boolean {
  return unpriced > 0 && usd === 0;
}

/** Milliseconds since the epoch; `to` is not included. */
export type Period = { from: number; to: number };

const groups: Record<UsageBy, string> = {
  day: `strftime('%Y-%m-%d', at / 1000, 'unixepoch', 'localtime')`,
  model: 'model_id',
  key: 'key_name',
  client: 'client',
};

/** Totals by group, days in order, everything else dearest first. */
export function usageBy(database: DatabaseSync, by: UsageBy, { from, to }: Period): UsageRow[] {
  const rows = database
    .prepare(`
      SELECT ${groups[by]} AS name, count(*) AS calls,
        sum(outcome = 'failed') AS failed, sum(outcome IN ('cached', 'shared')) AS from_cache,
        total(input * billed) AS input, total(output * billed) AS output,
        total(cache_read * billed) AS cache_read, total(cache_write * billed) AS cache_write,
        total(usd) AS usd, total(saved_usd) AS saved, sum(usd IS NULL AND input IS NOT NULL) AS unpriced
      FROM (SELECT *, outcome NOT IN ('cached', 'shared') AS billed FROM calls WHERE at >= $from AND at < $to)
      GROUP BY name ORDER BY ${by === 'day' ? 'name' : 'usd DESC, calls DESC'}`)
    .all({ $from: from, $to: to });
  return rows.map((row) => ({
    group: String(row['name']),
    calls: Number(row['calls']),
    failed: Number(row['failed']),
    fromCache: Number(row['from_cache']),
    inputTokens: Number(row['input']),
    outputTokens: Number(row['output']),
    cacheReadTokens: Number(row['cache_read']),
    cacheWriteTokens: Number(row['cache_write']),
    usd: Number(row['usd']),
    savedUsd: Number(row['saved']),
    unpriced: Number(row['unpriced']),
  }));
}

/** Dollars spent in a period, of one key or one model if named: what a budget starts from after a restart. */
export function spentUsd(
  database: DatabaseSync,
  { from, to }: Period,
  only: { keyId?: string; modelId?: string } = {},
): number {
  const row = database
    .prepare(`
      SELECT total(usd) AS usd FROM calls WHERE at >= $from AND at < $to
        AND ($keyId IS NULL OR key_id = $keyId) AND ($modelId IS NULL OR model_id = $modelId)`)
    .get({ $from: from, $to: to, $keyId: only.keyId ?? null, $modelId: only.modelId ?? null });
  return Number(row?.['usd'] ?? 0);
}
