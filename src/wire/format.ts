import type { ProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Native } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Answer, Event } from '../converse/events.ts';
import type { ModelOptions } from '../converse/options.ts';
import type { ConverseRequest } from '../converse/request.ts';

/** The dialects, as logs and metrics name them. */
export type FormatName = 'openai-chat' | 'openai-responses' | 'openai-completions' | 'anthropic-messages';

/** How a person wants thinking shown to clients that have no field for it. */
export type ReasoningDisplay = 'off' | 'reasoning_content' | 'think' | 'details';

/** Settings and request facts that a format may look at; everything is decided before the call. */
export type FormatContext = {
  /** The route's flavour: `cursor` under `/cursor`, `azure` under `/openai/deployments`. */
  flavour: 'plain' | 'cursor' | 'azure';
  /** A model named by the path (Azure), which then wins over the body's. */
  pathModel?: string;
  /** Lower-case header name to value. */
  header(name: string): string | undefined;
  reasoningDisplay: ReasoningDisplay;
  /** `true`: what cannot be honoured is refused instead of ignored with a reported change. */
  strict: boolean;
};

/** A client's request in Converse's words. */
export type Translated = {
  model: string;
  stream: boolean;
  request: ConverseRequest;
  options: ModelOptions;
  changes: Change[];
  /** How many answers are wanted (`n`); the proxy fans out. */
  choices: number;
  /** The body goes to the model as it is; `request` is then only a view of it. */
  native?: Native;
};

/** What an answer's outer shell needs and Converse does not know. */
export type AnswerContext<Request> = {
  /** The parsed request, for echoes. */
  request: Request;
  /** `x-request-id` of the call. */
  requestId: string;
  /** The model as the client named it. */
  model: string;
  /** Seconds since the epoch. */
  created: number;
  format: FormatContext;
};

/**
 * Turns one answer's events into the bytes of a stream. A plain object of functions over local state: made per request,
 * called once per batch, never per event.
 */
export type StreamEncoder = {
  /** The text to write for a batch; may be empty. `choice` is 0 unless `n` > 1. After the last choice's `end` it includes the format's closing words. */
  push(events: readonly Event[], choice: number): string;
  /**
   * The format's own error event. It ends the stream: no `[DONE]`, no polite stop. The body ends lawfully behind it: many a
   * client looks at the event only then, and of a body that breaks off `fetch` gives out nothing at all.
   */
  fail(error: ProxyError): string;
};

/** A failed call as the dialect tells it. */
export type WireError = { status: number; body: JsonObject; headers: Record<string, string> };

/** The six rooms of a dialect, behind one door. All pure: no I/O, no clock, no module state. */
export type WireFormat<Request> = {
  name: FormatName;
  /** Checks the body's shape. Throws `invalid_request` with the `param` that is wrong and what would be right. */
  parse(body: unknown, context: FormatContext): Request;
  toConverse(request: Request, context: FormatContext): Translated;
  /** The request for a model that takes this dialect itself, where it holds what Converse has no form for. */
  toNative?(request: Request, context: FormatContext): Translated | undefined;
  toResponse(answers: readonly Answer[], context: AnswerContext<Request>): JsonObject;
  toStream(context: AnswerContext<Request>): StreamEncoder;
  /** `requestId` stands in the body where the dialect has a field for it. */
  toError(error: ProxyError, context: Pick<FormatContext, 'flavour'> & { requestId?: string }): WireError;
};
