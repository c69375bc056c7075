import type { Clock } from '../base/clock.ts';
import type { Sighting } from '../config/sightings.ts';
import type { Call, Principal, Upstream } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { EmbeddingCatalogue } from '../converse/embeddings.ts';
import type { Catalogue } from '../converse/model.ts';
import type { Log } from '../observe/log.ts';
import type { FetchedMedia } from '../policy/fetched-media.ts';
import type { FormatContext, ReasoningDisplay, WireFormat } from '../wire/format.ts';
import type { ResponseStore } from '../wire/openai-responses/previous.ts';
import type { BedrockWishes } from './bedrock-wishes.ts';
import type { BodyLimits } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { FetchPublic } from './fetch-public.ts';

/** What answers calls. It is heavy to load, so it is asked for when the first call needs it. */
export type Engine = {
  /** The whole stack, outermost layer first. */
  upstream: Upstream;
  catalogue: Catalogue;
  embeddings: EmbeddingCatalogue;
  /** The input tokens of a call as Bedrock counts them (undefined where it does not for this model), and all changes of what it was shown. */
  countTokens(call: Call): Promise<{ inputTokens: number | undefined; changes: readonly Change[] }>;
};

/** The settings that a call is served by; a change counts from the next call on. */
export type ServeSettings = {
  limits: BodyLimits;
  /** How long the head waits for the first batch, in milliseconds. */
  holdMs: number;
  /** A silent stream gets a comment after so many milliseconds. */
  heartbeatMs: number;
  reasoningDisplay: ReasoningDisplay;
  wishes: BedrockWishes;
  strict: boolean;
  /** Links to media are fetched. */
  remoteMedia: boolean;
};

/** What every route that answers calls needs. */
export type Services = {
  /** `now`: what was loaded already, for those who would not wait a turn for it. */
  engine: { (): Promise<Engine>; now?(): Engine | undefined };
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'write'>;
  /** Responses that clients may go on from. */
  responses: ResponseStore;
  settings: ServeSettings;
  /** What was fetched lately. */
  fetchedMedia: FetchedMedia;
  /** Asked for when the first link is to be fetched. */
  fetchPublic(): Promise<FetchPublic>;
  /** Told of each request's outer shape, before anything can fail. */
  seen?(sighting: Sighting): void;
};

/** One authenticated request on a format's route. */
export type Job<Request> = {
  exchange: Exchange;
  principal: Principal;
  format: WireFormat<Request>;
  context: FormatContext;
  services: Services;
};

/** Answers one request, to the last byte. What it throws, before the head was sent, was refused before there was a call. */
export type Serve = (job: Job<unknown>) => Promise<void>;
