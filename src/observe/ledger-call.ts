import type { DatabaseSync } from 'node:sqlite';
import type { Change } from '../converse/changes.ts';

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

/** The newest call that failed upstream or inside, not before `since` (wall milliseconds). */
export function lastFailure(database: DatabaseSync, since: number): LedgerCall | undefined {
  const row = database
    .prepare(`SELECT * FROM calls WHERE outcome = 'failed' AND at >= $since ORDER BY at DESC LIMIT 1`)
    .get({ $since: since });
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
