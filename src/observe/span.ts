import { randomBytes } from 'node:crypto';
import type { CallRecord } from './call-record.ts';
import { operationOf, provider } from './gen-ai.ts';

type Value = string | number | boolean | readonly string[] | { double: number } | undefined;

/** A span in OTLP's JSON form (opentelemetry-proto, `trace.proto`): ids in hex, 64-bit numbers as text. */
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: object[];
  status: { code?: number; message?: string };
};

/** `SPAN_KIND_CLIENT`: the GenAI conventions want it for a call of a model. */
const client = 3;
const failed = 2;

/**
 * One call as a span with the attributes of OpenTelemetry's GenAI conventions, child of the client's span where it sent
 * a `traceparent`; undefined when the client's trace is not sampled. It holds names, counts and times, no prompt.
 */
export function spanOf(record: CallRecord): Span | undefined {
  const parent = parentOf(record.traceparent);
  if (parent && !parent.sampled) return undefined;
  const { at, durationMs, error, outcome } = record;
  const operation = operationOf(record);
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    ...(parent && { parentSpanId: parent.spanId }),
    name: `${operation} ${record.modelId}`,
    kind: client,
    startTimeUnixNano: nanos(at),
    endTimeUnixNano: nanos(at + durationMs),
    attributes: attributesOf({ 'gen_ai.operation.name': operation, ...facts(record) }),
    status: error && outcome !== 'aborted' ? { code: failed, message: error.code } : {},
  };
}

function facts(record: CallRecord): Record<string, Value> {
  const { usage, error, cost, firstEventMs, stopReason } = record;
  return {
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': record.model,
    'gen_ai.request.max_tokens': record.maxTokens,
    'gen_ai.response.model': record.target,
    'gen_ai.response.finish_reasons': stopReason === undefined ? undefined : [stopReason],
    // The conventions count what came from the cache as input; Bedrock does not.
    'gen_ai.usage.input_tokens': usage && usage.inputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cacheReadInputTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage?.cacheWriteInputTokens,
    'cloud.region': record.region,
    'aws.request_id': record.upstreamRequestId,
    'error.type': error?.code,
    'user_agent.name': record.client.name,
    'claude_bedrock.request_id': record.id,
    'claude_bedrock.key': record.principal.name,
    'claude_bedrock.format': record.format,
    'claude_bedrock.outcome': record.outcome,
    'claude_bedrock.stream': record.stream,
    'claude_bedrock.time_to_first_event_ms': firstEventMs === undefined ? undefined : Math.round(firstEventMs),
    // What is free too: a store that takes a whole number first makes whole numbers of all that follow.
    'claude_bedrock.cost_usd': cost && { double: cost.usd },
    'claude_bedrock.changes': record.changes.length === 0 ? undefined : record.changes.map(({ what }) => what),
  };
}

/** Attributes as OTLP has them; absent ones are left out. */
export function attributesOf(values: Readonly<Record<string, Value>>): object[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: Exclude<Value, undefined>): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if ('double' in value) return { doubleValue: value.double };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}

/** Whole microseconds: a number holds no more of the time since 1970. */
const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n);

/** W3C Trace Context, 3.2: `00-<trace>-<parent>-<flags>`; all zeros are no ids. */
function parentOf(header: string | undefined): { traceId: string; spanId: string; sampled: boolean } | undefined {
  const [, version, traceId = '', spanId = '', flags = ''] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/.exec(header ?? '') ?? [];
  if (version === undefined || version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
