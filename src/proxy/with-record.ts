import type { Clock } from '../base/clock.ts';
import { type ErrorCode, ProxyError, toProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { End, EventStream, Served } from '../converse/events.ts';
import { watched } from '../converse/watched.ts';
import type { CallOutcome, CallRecord, Cost, RecordSink } from '../observe/call-record.ts';
import { charsSaid, usageOfBroken } from '../policy/broken-usage.ts';
import { failed } from './failed.ts';
import type { Layer } from './layer.ts';

export type RecordOptions = {
  clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Called in order, once per call, when it is over; one that throws keeps no other from its record. */
  sinks: readonly RecordSink[];
  /** What a finished call cost; `undefined` where no price is known. */
  cost?: (call: Call, served: Served, end: Partial<End>) => Cost | undefined;
  /** Told of each call when it sets out; its record follows when it is over. Must not throw. */
  onBegin?: ((call: Call) => void) | undefined;
};

const estimated: Change = {
  what: 'usage estimated',
  why: 'the answer was broken off before Bedrock told what it used; it is paid for all the same',
};

/** Outermost: whatever happens below, each call leaves exactly one record. */
export function withRecord({ clock, sinks, cost, onBegin }: RecordOptions): Layer {
  const costOf = (call: Call, served: Served | undefined, end: Partial<End> | undefined, error?: ProxyError) => {
    if (served && end) return cost?.(call, served, end);
    const spent = error?.facts.spent;
    return spent && cost?.(call, spent.served, spent.end);
  };
  return (next) => (call) => {
    let served: Served | undefined;
    let end: End | undefined;
    let firstEventMs: number | undefined;
    let saidChars = 0;
    const at = clock.now();
    onBegin?.(call);
    return watched(begun(next, call), {
      batch(batch) {
        if (firstEventMs === undefined) firstEventMs = clock.monotonic() - call.startedAt;
        const first = batch[0];
        if (first?.type === 'start') served = first.served;
        saidChars += charsSaid(batch);
        const last = batch[batch.length - 1];
        if (last?.type === 'end') end = last.end;
      },
      over(error) {
        const durationMs = clock.monotonic() - call.startedAt;
        const record = recordOf(call, { at, durationMs, firstEventMs, served, end, error });
        const guess = record.usage ? undefined : usageOfBroken(call, served, saidChars);
        if (guess) Object.assign(record, { usage: guess, changes: [...record.changes, estimated] });
        const spent = costOf(call, served, guess ? { ...end, usage: guess } : end, error);
        if (spent) record.cost = spent;
        for (const sink of sinks) tell(sink, record);
      },
    });
  };
}

/** A layer that throws instead of failing its stream leaves a record all the same. */
function begun(next: Upstream, call: Call): EventStream {
  try {
    return next(call);
  } catch (thrown) {
    return failed(toProxyError(thrown));
  }
}

function tell(sink: RecordSink, record: CallRecord): void {
  try {
    sink(record);
  } catch {
    // A full disk under the ledger must not fail an answer that the person already has.
  }
}

type Seen = {
  at: number;
  durationMs: number;
  served: Served | undefined;
  end: End | undefined;
  error: ProxyError | undefined;
  firstEventMs: number | undefined;
};

function recordOf(call: Call, { at, durationMs, served, end, error, firstEventMs }: Seen): CallRecord {
  const record: CallRecord = {
    id: call.id,
    at,
    principal: { id: call.principal.id, name: call.principal.name },
    client: { name: call.client.name, ip: call.client.ip },
    format: call.format,
    model: call.model,
    target: served?.model ?? call.target.modelId,
    modelId: call.target.info.id,
    region: served?.region ?? call.target.region,
    stream: call.stream,
    outcome: outcomeOf(call, served, end, error),
    durationMs,
    changes: [...(served?.changes ?? call.changes), ...(end?.changes ?? [])],
  };
  if (error) {
    const { fix, detail, retryAfterMs } = error.facts;
    record.error = { code: error.code, fix, detail, retryAfterMs };
  }
  const upstreamRequestId = served?.upstreamRequestId ?? error?.facts.upstreamRequestId;
  if (upstreamRequestId !== undefined) record.upstreamRequestId = upstreamRequestId;
  if (firstEventMs !== undefined) record.firstEventMs = firstEventMs;
  if (end) record.stopReason = end.stopReason;
  const usage = end?.usage ?? error?.facts.spent?.end.usage;
  if (usage) record.usage = usage;
  const maxTokens = call.request.inferenceConfig?.maxTokens;
  if (maxTokens !== undefined) record.maxTokens = maxTokens;
  if (call.traceparent !== undefined) record.traceparent = call.traceparent;
  return record;
}

/** Codes that speak of the request or of who sent it: another call may well succeed at the same moment. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'invalid_request',
  'unsupported',
  'unauthorized',
  'forbidden',
  'unknown_model',
  'not_found',
  'too_large',
  'context_length',
  'limited',
]);

function outcomeOf(
  call: Call,
  served: Served | undefined,
  end: End | undefined,
  error: ProxyError | undefined,
): CallOutcome {
  // The end decides first: a client that hangs up on the last byte was served.
  if (end && !error) {
    if (served?.cache?.status === 'hit') return 'cached';
    return served?.cache?.status === 'shared' ? 'shared' : 'served';
  }
  if (isLeft(call) || error === undefined || error.code === 'client_gone') return 'aborted';
  return refusals.has(error.code) ? 'refused' : 'failed';
}

/** A call may also be given up because the server stops, or another choice of the same request failed: then nobody left. */
function isLeft({ signal }: Call): boolean {
  return signal.aborted && !(signal.reason instanceof ProxyError && signal.reason.code !== 'client_gone');
}
