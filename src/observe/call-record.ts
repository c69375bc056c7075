import type { ErrorCode } from '../base/errors.ts';
import type { Change } from '../converse/changes.ts';
import type { StopReason, Usage } from '../converse/events.ts';

/**
 * How a call went: `served` by the model; `cached` from the response cache; `shared` with an identical call in flight;
 * `refused` because of what it asked or who asked; `aborted` by the client; `failed` upstream or inside.
 */
export type CallOutcome = 'served' | 'cached' | 'shared' | 'refused' | 'aborted' | 'failed';

/** US dollars; `undefined` stands for "no price is known", which is never shown as zero. */
export type Cost = {
  usd: number;
  /** What both caches kept off the bill, less what filling Bedrock's cost extra. */
  savedUsd: number;
};

/**
 * What is known of one call when it is over: made once, read by the log, the metrics, the ledger, the audit and the
 * live page. It holds ids, counts and durations, and nothing that the person or the model wrote.
 */
export type CallRecord = {
  id: string;
  /** Wall time in milliseconds when the call came in. */
  at: number;
  principal: { id: string; name: string };
  client: { name: string; ip: string };
  /** The wire format, e.g. `openai-chat`. */
  format: string;
  /** As the client named it. */
  model: string;
  /** The inference profile or model id that answered, or that was to be dialled. */
  target: string;
  /** The bare Bedrock id. */
  modelId: string;
  region: string;
  stream: boolean;
  outcome: CallOutcome;
  error?: {
    code: ErrorCode;
    /** The command or setting that mends it. */
    fix?: string | undefined;
    /** For the log only, scrubbed there. */
    detail?: string | undefined;
    retryAfterMs?: number | undefined;
  };
  upstreamRequestId?: string;
  /** From the request's head to the first batch of the answer. */
  firstEventMs?: number;
  durationMs: number;
  stopReason?: StopReason;
  usage?: Usage;
  /** `max_tokens` as sent: what Bedrock reserves from the quota beside the input. */
  maxTokens?: number;
  cost?: Cost;
  changes: readonly Change[];
  /** As the client sent it (W3C Trace Context). */
  traceparent?: string;
};

/** Takes the record of every call; it must be quick and must not throw. */
export type RecordSink = (record: CallRecord) => void;
