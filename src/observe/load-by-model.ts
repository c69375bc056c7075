import type { DatabaseSync } from 'node:sqlite';
import type { Period } from './usage.ts';

/** Fewer answers say nothing of the longest ones. */
const leastAnswers = 20;

/** How long a model's answers were: the 99th percentile of output tokens, or undefined below 20 answers. */
export function outputP99(database: DatabaseSync, modelId: string, { from, to }: Period): number | undefined {
  const counted = database
    .prepare('SELECT count(output) AS n FROM calls WHERE model_id = $modelId AND at >= $from AND at < $to')
    .get({ $modelId: modelId, $from: from, $to: to });
  const answers = Number(counted?.['n'] ?? 0);
  if (answers < leastAnswers) return undefined;
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
