import type { DatabaseSync } from 'node:sqlite';
import type { Change } from '../converse/changes.ts';

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

/** How long a model's answers were: the 99th percentile of output tokens, or undefined below `least` answers. */
export function outputP99(
  database: DatabaseSync,
  modelId: string,
  { from, to }: Period,
  least = 20,
): number | undefined {
  const counted = database
    .prepare('SELECT count(output) AS n FROM calls WHERE model_id = $modelId AND at >= $from AND at < $to')
    .get({ $modelId: modelId, $from: from, $to: to });
  const answers = Number(counted?.['n'] ?? 0);
  if (answers < least) return undefined;
  const row = database
    .prepare(`
      SELECT output FROM calls WHERE model_id = $modelId AND at >= $from AND at < $to AND output IS NOT NULL
      ORDER BY output LIMIT 1 OFFSET $skip`)
    .get({ $modelId: modelId, $from: from, $to: to, $skip: Math.ceil(answers * 0.99) - 1 });
  return Number(row?.['output']);
}

/** A model's traffic by the minute: what AWS asks for in a request for more quota. */
export type Load = {
  modelId: string;
  /** Means over the minutes in which the model was used at all. */
  steadyRequests: number;
  steadyTokens: number;
  peakRequests: number;
  peakTokens: number;
  meanInputTokens: number;
  meanOutputTokens: number;
  throttled: number;
};

/** Load by model; tokens are counted as Bedrock settles them, without cache reads and before any burndown factor. */
export function loadByModel(database: DatabaseSync, { from, to }: Period): Load[] {
  const rows = database
    .prepare(`
      WITH minutes AS (
        SELECT model_id, at / 60000 AS minute, count(*) AS requests,
          total(input) + total(cache_write) + total(output) AS tokens,
          total(input) + total(cache_read) + total(cache_write) AS input, total(output) AS output,
          sum(code = 'upstream_limited') AS throttled
        FROM calls WHERE at >= $from AND at < $to AND outcome IN ('served', 'failed', 'aborted') GROUP BY model_id, minute)
      SELECT model_id, avg(requests) AS steady_requests, avg(tokens) AS steady_tokens, max(requests) AS peak_requests,
        max(tokens) AS peak_tokens, sum(input) / sum(requests) AS mean_input, sum(output) / sum(requests) AS mean_output,
        total(throttled) AS throttled
      FROM minutes GROUP BY model_id ORDER BY peak_tokens DESC`)
    .all({ $from: from, $to: to });
  return rows.map((row) => ({
    modelId: String(row['model_id']),
    steadyRequests: Number(row['steady_requests']),
    steadyTokens: Number(row['steady_tokens']),
    peakRequests: Number(row['peak_requests']),
    peakTokens: Number(row['peak_tokens']),
    meanInputTokens: Number(row['mean_input']),
    meanOutputTokens: Number(row['mean_output']),
    throttled: Number(row['throttled']),
  }));
}

/** One call as `explain` tells it. */
export type LedgerCall = {
  id: string;
  at: number;
  key: string;
  client: string;
  format: string;
  model: string;
  target: string;
  modelId: string;
  region: string;
  outcome: string;
  code?: string;
  stopReason?: string;
  upstreamRequestId?: string;
  firstEventMs?: number;
  durationMs: number;
  maxTokens?: number;
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  usd?: number;
  savedUsd?: number;
  changes: Change[];
};

/** The newest call of that id, which may also be the one that AWS gave it. */
export function findCall(database: DatabaseSync, id: string): LedgerCall | undefined {
  const row = database
    .prepare('SELECT * FROM calls WHERE id = $id OR upstream_request_id = $id ORDER BY at DESC LIMIT 1')
    .get({ $id: id });
  return row && callOf(row);
}

/** The newest call that failed upstream or inside, for `status`. */
export function lastFailure(database: DatabaseSync): LedgerCall | undefined {
  const row = database.prepare(`SELECT * FROM calls WHERE outcome = 'failed' ORDER BY at DESC LIMIT 1`).get();
  return row && callOf(row);
}

function callOf(row: Record<string, unknown>): LedgerCall {
  const optional = {
    code: row['code'],
    stopReason: row['stop_reason'],
    upstreamRequestId: row['upstream_request_id'],
    firstEventMs: row['first_event_ms'],
    maxTokens: row['max_tokens'],
    inputTokens: row['input'],
    outputTokens: row['output'],
    cacheReadTokens: row['cache_read'],
    cacheWriteTokens: row['cache_write'],
    usd: row['usd'],
    savedUsd: row['saved_usd'],
  };
  return {
    id: String(row['id']),
    at: Number(row['at']),
    key: String(row['key_name']),
    client: String(row['client']),
    format: String(row['format']),
    model: String(row['model']),
    target: String(row['target']),
    modelId: String(row['model_id']),
    region: String(row['region']),
    outcome: String(row['outcome']),
    durationMs: Number(row['duration_ms']),
    changes: JSON.parse(String(row['changes'])),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
  };
}
