import type { JsonObject, JsonValue } from '../base/json.ts';
import type { Change } from './changes.ts';
import type { Base64 } from './request.ts';

/*
 * The grammar of every answer, whatever its source: start (open delta* close)* end.
 * Indices are dense, in the order of opening, and no two blocks are open at once.
 */

export type BlockKind =
  | { kind: 'text' }
  | { kind: 'reasoning' }
  /** Encrypted thinking; it has no deltas. */
  | { kind: 'redacted'; data: Base64 }
  | { kind: 'tool'; id: string; name: string }
  /** A block the grammar has no name for (an image, a citation source); passed on as the service sent it. */
  | { kind: 'other'; value: JsonObject };

export type StartEvent = { type: 'start'; served: Served };
export type OpenEvent = { type: 'open'; index: number; block: BlockKind };
/** A piece of the open block. For tools `text` is a fragment of the input's JSON text. */
export type DeltaEvent = { type: 'delta'; index: number; kind: 'text' | 'reasoning' | 'tool'; text: string };
/** The signature of the open reasoning block; it arrives after the text, as its own piece. */
export type SignatureEvent = { type: 'signature'; index: number; signature: string };
/** A citation of the open text block. */
export type CitationEvent = { type: 'citation'; index: number; citation: JsonObject };
export type CloseEvent = { type: 'close'; index: number };
export type EndEvent = { type: 'end'; end: End };

/** The provider's own event as it came, in a dialect that `Served.raw` names. It tells nothing that the grammar does not; only that dialect's encoder reads it. */
export type RawEvent = { type: 'raw'; name: string; text: string };

/** One event of an answer; the grammar is above. */
export type Event =
  | StartEvent
  | OpenEvent
  | DeltaEvent
  | SignatureEvent
  | CitationEvent
  | CloseEvent
  | EndEvent
  | RawEvent;

/** What is known of an answer before its first token: who serves it, and what had to be changed for that. */
export type Served = {
  /** The model id or profile that really answers, e.g. `eu.anthropic.claude-sonnet-5`. */
  model: string;
  region: string;
  upstreamRequestId?: string;
  changes: Change[];
  /** The provider's events come along as `raw`, so that a client of the same dialect gets them unchanged. */
  raw?: 'anthropic-messages';
  /** Set by the cache layer; `age` and `ttl` in seconds. */
  cache?: { status: 'hit'; ttl: number; age: number } | { status: 'miss'; stored: boolean } | { status: 'shared' };
  /** Set by the limits layer: what is left of the tightest limit of each kind, for the `x-ratelimit-*` headers. */
  limits?: { requests?: RateLimit; tokens?: RateLimit };
  /** Set by the budget layer: of the budgets that bind this call, the fullest, once it is nearly spent. */
  budget?: { percent: number; period: 'day' | 'month'; limitUsd: number };
};

/** `resetMs`: milliseconds until the limit is whole again. */
export type RateLimit = { limit: number; remaining: number; resetMs: number };

/** Why the model stopped, in Converse's words. */
export type StopReason =
  | 'end_turn'
  | 'tool_use'
  | 'max_tokens'
  | 'stop_sequence'
  | 'guardrail_intervened'
  | 'content_filtered'
  | 'model_context_window_exceeded'
  | 'refusal';

/** Tokens. `inputTokens` excludes cache reads and writes, as Bedrock counts. */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens: number;
  cacheWriteInputTokens: number;
  cacheDetails?: { ttl: '5m' | '1h'; inputTokens: number }[];
};

/** How an answer ended and what it used. */
export type End = {
  stopReason: StopReason;
  /** Which stop sequence fired, where the model says so. */
  stopSequence?: string;
  /** Absent when the stream ended without a metadata event. */
  usage?: Usage;
  /** The model's own time, in milliseconds. */
  latencyMs?: number;
  serviceTier?: string;
  trace?: JsonValue;
  /** What had to be changed in the answer itself, of which its start knew nothing yet; a whole answer has it in `served`. */
  changes?: Change[];
  /** Members of the provider's own message that have no name here; read only by the dialect they came in. */
  extra?: JsonObject;
};

/** A finished block. A tool's `input` is its JSON text, exactly as the model wrote it: it may be cut off at `max_tokens`. */
export type Block =
  | { kind: 'text'; text: string; citations?: JsonObject[] }
  | { kind: 'reasoning'; text: string; signature?: string }
  | { kind: 'redacted'; data: Base64 }
  | { kind: 'tool'; id: string; name: string; input: string }
  | { kind: 'other'; value: JsonObject };

/** A whole answer: what `collect` gives and `replay` takes. */
export type Answer = { served: Served; blocks: Block[]; end: End };

/**
 * Events travel in batches: all that one read of the socket brought. A lone token is a batch of one and leaves at once;
 * a full socket costs one turn of the event loop for many events. A batch is never empty and never changed after it was given out.
 */
export type EventStream = AsyncIterable<readonly Event[]>;
