import type { JsonObject } from '../base/json.ts';
import type { Change } from './changes.ts';
import type { EventStream } from './events.ts';
import type { ModelTarget } from './model.ts';
import type { ModelOptions } from './options.ts';
import type { ConverseRequest } from './request.ts';

/** Who asks: the local key's owner. Everything that is shared between calls is kept apart by `id`. */
export type Principal = {
  id: string;
  name: string;
  scope: 'inference' | 'admin';
  /** Models the key may use; absent: all. */
  models?: readonly string[];
};

/** What program asks, as far as it says. */
export type Client = { name: string; ip: string };

/** Whether a call may be answered from the response cache, and kept in it. */
export type CachePolicy = { read: boolean; write: boolean };

/**
 * Bodies that go to the model as they are, by InvokeModel, because Converse has no form for them. `request` beside them
 * is a view for limits and logs.
 */
export type Native =
  /** A Messages body of Anthropic's. */
  | { dialect: 'anthropic-messages'; body: JsonObject }
  /** Embedding bodies of the model's own, answered by one `other` block each, in order. */
  | { dialect: 'embeddings'; bodies: readonly JsonObject[] };

/** One call on its way to the model: the Converse request and all that is not Converse. Layers pass on copies, never change it. */
export type Call = {
  id: string;
  principal: Principal;
  client: Client;
  /** The wire format's name, e.g. `openai-chat`. */
  format: string;
  /** The model as the client named it. */
  model: string;
  target: ModelTarget;
  request: ConverseRequest;
  options: ModelOptions;
  native?: Native;
  /** What was changed so far; the upstream adds its own and reports all in `start`. */
  changes: readonly Change[];
  /** Whether the client reads a stream. */
  stream: boolean;
  cache: CachePolicy;
  /** Aborts when the client goes away; its reason is a `client_gone` ProxyError. */
  signal: AbortSignal;
  /** `clock.monotonic()` when the request's head was read. */
  startedAt: number;
  /** The client's own `traceparent` (W3C Trace Context), for the span of this call. */
  traceparent?: string;
};

/** Anything that answers calls. Layers wrap one and are one. Failures are thrown as ProxyError from the iteration. */
export type Upstream = (call: Call) => EventStream;
