import type { DatabaseSync } from 'node:sqlite';
import { type Period, type UsageRow, usageBy } from './usage.ts';

/** Cost of one model on one day. */
export type DayCost = { day: string; modelId: string; usd: number };

/** What the ledger tells the dashboard of the last weeks. Days are the person's own, by the local clock. */
export type History = {
  /** The first day shown, YYYY-MM-DD. */
  from: string;
  /** The last, today where the proxy runs: the browser may be in another zone. */
  until: string;
  today: UsageRow | undefined;
  days: DayCost[];
  models: UsageRow[];
  clients: UsageRow[];
  savings: Savings;
};

/** What both caches have saved over the days of the page. */
export type Savings = {
  /** Calls answered from memory or by one in flight, and what they would have cost. */
  responseCacheCalls: number;
  responseCacheUsd: number;
  /** What Bedrock's prompt cache kept off the bill, less what filling it cost extra. */
  promptCacheUsd: number;
  /** Tokens of prompts that were billed, and how many of them came from Bedrock's cache. */
  promptTokens: number;
  promptTokensRead: number;
};

const days = 30;

/** The last 30 days, today included. `now` is wall time in milliseconds. */
export function historyOf(database: DatabaseSync, now: number): History {
  const date = new Date(now);
  const start = new Date(date.getFullYear(), date.getMonth(), date.getDate() - days + 1);
  const midnight = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const period = { from: start.getTime(), to: now + 1 };
  return {
    from: dayName(start),
    until: dayName(date),
    today: usageBy(database, 'day', { from: midnight, to: now + 1 })[0],
    days: costByDayAndModel(database, period),
    models: usageBy(database, 'model', period),
    clients: usageBy(database, 'client', period),
    savings: savingsIn(database, period),
  };
}

function dayName(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
}

function costByDayAndModel(database: DatabaseSync, { from, to }: Period): DayCost[] {
  return database
    .prepare(`
      SELECT strftime('%Y-%m-%d', at / 1000, 'unixepoch', 'localtime') AS day, model_id, total(usd) AS usd
      FROM calls WHERE at >= $from AND at < $to GROUP BY day, model_id ORDER BY day`)
    .all({ $from: from, $to: to })
    .map((row) => ({ day: String(row['day']), modelId: String(row['model_id']), usd: Number(row['usd']) }));
}

function savingsIn(database: DatabaseSync, { from, to }: Period): Savings {
  const row = database
    .prepare(`
      SELECT total(free) AS calls, total(saved_usd * free) AS response_cache, total(saved_usd * (1 - free)) AS prompt_cache,
        total((input + cache_read + cache_write) * (1 - free)) AS prompt, total(cache_read * (1 - free)) AS prompt_read
      FROM (SELECT *, outcome IN ('cached', 'shared') AS free FROM calls WHERE at >= $from AND at < $to)`)
    .get({ $from: from, $to: to });
  return {
    responseCacheCalls: Number(row?.['calls']),
    responseCacheUsd: Number(row?.['response_cache']),
    promptCacheUsd: Number(row?.['prompt_cache']),
    promptTokens: Number(row?.['prompt']),
    promptTokensRead: Number(row?.['prompt_read']),
  };
}
