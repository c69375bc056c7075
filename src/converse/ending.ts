import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonValue } from '../base/json.ts';
import type { End, StopReason, Usage } from './events.ts';
import { tokenCount } from './usage.ts';

const stopReasons: readonly string[] = [
  'end_turn',
  'tool_use',
  'max_tokens',
  'stop_sequence',
  'guardrail_intervened',
  'content_filtered',
  'model_context_window_exceeded',
  'refusal',
] satisfies StopReason[];

const isStopReason = (value: unknown): value is StopReason => typeof value === 'string' && stopReasons.includes(value);

/** What is called for each thing of an answer that we have no name for and leave out, e.g. `event:ping`. */
export type OnUnknown = (what: string) => void;

/**
 * The part of `End` that a `messageStop` event, or a whole Converse response, tells: why the model stopped.
 */
export function readStop(
  source: Record<string, unknown>,
  onUnknown: OnUnknown,
): Pick<End, 'stopReason' | 'stopSequence'> {
  const reason = source['stopReason'];
  // The service does not keep to its own enum; the blocks, not the reason, tell what the client has to do next.
  if (!isStopReason(reason)) onUnknown(`stopReason:${String(reason)}`);
  const stop: Pick<End, 'stopReason' | 'stopSequence'> = { stopReason: isStopReason(reason) ? reason : 'end_turn' };
  const sequence = stopSequenceIn(source['additionalModelResponseFields']);
  if (sequence !== undefined) stop.stopSequence = sequence;
  return stop;
}

/** The error for an answer that broke off: never a polite end (case 92). */
export function brokenOff(): ProxyError {
  return new ProxyError('upstream_truncated', 'Bedrock ended the answer before the model had finished it.', {
    retry: 'once',
  });
}

/** The error for an answer that the service itself calls malformed: in no dialect has it a polite end. */
export function malformedIn({ stopReason: reason }: Record<string, unknown>): ProxyError | undefined {
  if (reason !== 'malformed_model_output' && reason !== 'malformed_tool_use') return undefined;
  const what = reason === 'malformed_tool_use' ? 'a tool call' : 'an answer';
  return new ProxyError('upstream_rejected', `The model wrote ${what} that cannot be read. Send the request again.`, {
    retry: 'once',
    detail: reason,
  });
}

/** Asked for by the pointer `/stop_sequence` (whole responses) or `/delta/stop_sequence` (streams); null when none fired. */
function stopSequenceIn(fields: unknown): string | undefined {
  if (!isObject(fields)) return undefined;
  const delta = fields['delta'];
  const sequence = fields['stop_sequence'] ?? (isObject(delta) ? delta['stop_sequence'] : undefined);
  return typeof sequence === 'string' ? sequence : undefined;
}

/** The part of `End` that a `metadata` event, or a whole Converse response, tells: what the answer cost. */
export function readCost(source: Record<string, unknown>): Omit<End, 'stopReason' | 'stopSequence'> {
  const cost: Omit<End, 'stopReason' | 'stopSequence'> = {};
  const { usage, metrics, serviceTier, trace } = source;
  if (isObject(usage)) cost.usage = readUsage(usage);
  if (isObject(metrics) && typeof metrics['latencyMs'] === 'number') cost.latencyMs = metrics['latencyMs'];
  if (isObject(serviceTier) && typeof serviceTier['type'] === 'string') cost.serviceTier = serviceTier['type'];
  // What JSON.parse gave is a JsonValue by construction.
  if (trace !== undefined && trace !== null) cost.trace = trace as JsonValue;
  return cost;
}

function readUsage(source: Record<string, unknown>): Usage {
  const count = (name: string): number => tokenCount(source[name]);
  const usage: Usage = {
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    totalTokens: count('totalTokens'),
    cacheReadInputTokens: count('cacheReadInputTokens'),
    cacheWriteInputTokens: count('cacheWriteInputTokens'),
  };
  const details = source['cacheDetails'];
  if (Array.isArray(details)) usage.cacheDetails = details.flatMap(readCacheDetail);
  return usage;
}

function readCacheDetail(detail: unknown): { ttl: '5m' | '1h'; inputTokens: number }[] {
  if (!isObject(detail)) return [];
  const { ttl, inputTokens } = detail;
  return ttl === '5m' || ttl === '1h' ? [{ ttl, inputTokens: tokenCount(inputTokens) }] : [];
}
