import type { JsonObject } from '../../base/json.ts';
import type { End, StopReason, Usage } from '../../converse/events.ts';
import { servedTier } from '../openai-tier.ts';
import { outcomeOf } from '../outcome.ts';

/** Why a choice ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/** What an answer's tool calls mean for its end: none, all whole, or one cut off in its JSON. */
export type Calls = 'none' | 'whole' | 'cut';

/**
 * Follows the blocks present (case 40), except where the answer is not whole: a call that may be cut off is never
 * `tool_calls`, or the client would run it (case 38).
 */
export function finishReason(stopReason: StopReason, calls: Calls, legacy: boolean): FinishReason {
  const outcome = outcomeOf(stopReason, calls !== 'none');
  switch (outcome) {
    case 'max_tokens':
    case 'context_window':
      return 'length';
    case 'filtered':
    case 'refused':
      return 'content_filter';
    case 'finished':
    case 'stop_sequence':
      return 'stop';
    case 'tool_calls':
      if (calls === 'cut') return 'length';
      return legacy ? 'function_call' : 'tool_calls';
    default:
      return outcome satisfies never;
  }
}

/**
 * Tokens of all choices, as OpenAI counts: the prompt with its cache reads and writes (case 99). Undefined when no
 * choice knows its usage. Bedrock does not tell thinking from text, so `reasoning_tokens` stays out (case 62).
 */
export function usageOf(ends: readonly End[]): JsonObject | undefined {
  const known = ends.flatMap(({ usage }) => (usage ? [usage] : []));
  if (known.length === 0) return undefined;
  const sum = (count: (usage: Usage) => number): number => known.reduce((total, usage) => total + count(usage), 0);
  const read = sum((usage) => usage.cacheReadInputTokens);
  const write = sum((usage) => usage.cacheWriteInputTokens);
  const prompt = sum((usage) => usage.inputTokens) + read + write;
  const completion = sum((usage) => usage.outputTokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: write },
    cache_read_input_tokens: read,
    cache_creation_input_tokens: write,
  };
}

/** `service_tier` where Bedrock's word is one of OpenAI's. */
export function serviceTierOf(end: End): { service_tier?: string } {
  const tier = servedTier(end);
  return tier === undefined ? {} : { service_tier: tier };
}

/** Says, as OpenAI means it, what configuration answered: the same for the same model and Region, and nothing readable. */
export function systemFingerprint(served: { model: string; region: string }): string {
  let hash = 0x811c9dc5; // FNV-1a, 32 bits: it only has to differ
  for (const char of Buffer.from(`${served.region}/${served.model}`)) hash = Math.imul(hash ^ char, 0x01000193);
  return `fp_${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/** The id of a call's answer: `chatcmpl-` and the call's own id, whatever characters a client gave it. */
export function completionId(requestId: string): string {
  return `chatcmpl-${requestId.replace(/^req[_-]/, '').replace(/[^A-Za-z0-9_-]+/g, '')}`;
}
