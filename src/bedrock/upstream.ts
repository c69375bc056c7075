import { ProxyError } from '../base/errors.ts';
import { percentEncoded } from '../base/percent-encoded.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { OnUnknown } from '../converse/ending.ts';
import type { Event, Served } from '../converse/events.ts';
import { type Normalizer, normalizer } from '../converse/normalize.ts';
import { type Opened, opensLater } from '../converse/opens-later.ts';
import { replay } from '../converse/replay.ts';
import type { ConverseRequest } from '../converse/request.ts';
import { converseResponse } from '../converse/response.ts';
import type { Accommodate, Accommodation } from './accommodation.ts';
import { ask, parsePayload, replyJson } from './ask.ts';
import type { Answered, Connection } from './connection.ts';
import { type FrameReader, readFrames } from './read-frames.ts';
import { textDelta } from './text-delta.ts';

export type UpstreamOptions = {
  connection: Connection;
  accommodate: Accommodate;
  /** Asked once when Bedrock refuses a request before the first event: another way to put it, or undefined. */
  repairAfter?: (error: ProxyError, call: Call, tried: Accommodation) => Accommodation | undefined;
  /** Milliseconds of silence allowed within an answer; 0: any. Thinking models are silent for minutes while they are well. */
  idle?: { plain?: number | undefined; thinking?: number | undefined } | undefined;
  /** Told of each event of Bedrock's that has no name here. */
  onUnknown?: OnUnknown;
};

type Batches = AsyncGenerator<readonly Event[], void, void>;
type Restore = ReturnType<Accommodation['restore']>;

/** The media type of Bedrock's streams. */
export const eventStream = 'application/vnd.amazon.eventstream';

/** Bedrock Runtime as an upstream: one request per call, no retry. All failures are thrown as ProxyError from the iteration. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { connection, accommodate, repairAfter, onUnknown } = options;

  /** The answer up to its first batch: until then nothing was given out, and a refused request may be put otherwise, once. */
  async function begin(call: Call): Promise<Opened> {
    const tried = accommodate(call);
    try {
      return await attempt(call, tried);
    } catch (error) {
      const repaired = isRepairable(error) ? repairAfter?.(error, call, tried) : undefined;
      if (!repaired) throw error;
      return await attempt(call, repaired);
    }
  }

  async function attempt(call: Call, tried: Accommodation): Promise<Opened> {
    const reply = await send(call, tried);
    const served: Served = {
      model: call.target.modelId,
      region: reply.region,
      changes: [...call.changes, ...tried.changes],
    };
    if (reply.requestId !== undefined) served.upstreamRequestId = reply.requestId;
    const read = streams(call, tried) ? streamed : whole;
    const batches = read(reply, served, tried.restore(), onUnknown);
    return { source: batches, first: await batches.next() };
  }

  function send(call: Call, tried: Accommodation): Promise<Answered> {
    const { modelId, region } = call.target;
    const streaming = streams(call, tried);
    return ask(connection, {
      region,
      model: modelId,
      path: `/model/${percentEncoded(modelId)}/${streaming ? 'converse-stream' : 'converse'}`,
      accept: streaming ? eventStream : 'application/json',
      body: JSON.stringify(streaming ? tried.request : withoutStreamMode(tried.request)),
      idleMs: idleOf(call, options.idle),
      whole: !streaming,
      signal: call.signal,
    });
  }

  return (call) => opensLater(() => begin(call));
}

/** Who reads no stream is answered by Converse: one body to read instead of a frame per word, for the same tokens. */
function streams(call: Call, { streaming }: Accommodation): boolean {
  return streaming && call.stream;
}

/** Converse, whose answer is whole, refuses the member that tells how a guardrail reads a stream. */
function withoutStreamMode({ guardrailConfig, ...request }: ConverseRequest): ConverseRequest {
  if (!guardrailConfig) return request;
  const { streamProcessingMode: _, ...guardrail } = guardrailConfig;
  return { ...request, guardrailConfig: guardrail };
}

/** What another shape of the same request may cure. */
function isRepairable(error: unknown): error is ProxyError {
  return (
    error instanceof ProxyError &&
    ['invalid_request', 'unsupported', 'unknown_model', 'context_length'].includes(error.code)
  );
}

/** Milliseconds of silence that are no failure: a thinking model says nothing for minutes while it is well. */
export function idleOf(call: Call, idle: UpstreamOptions['idle']): number {
  const { reasoning } = call.target.info.capabilities;
  const thinks = reasoning !== false && (reasoning.defaultOn || reasoning.modes.includes('adaptive'));
  return thinks ? (idle?.thinking ?? 600_000) : (idle?.plain ?? 60_000);
}

/** The events of a ConverseStream answer. */
function streamed(reply: Answered, served: Served, restore: Restore, onUnknown: OnUnknown | undefined): Batches {
  const normal = normalizer(served, onUnknown);
  return readFrames(reply, { ...normal, push: pushInto(normal) }, restore);
}

/** Plain pieces of text, nearly all there is, are not parsed. */
function pushInto(normal: Normalizer): FrameReader['push'] {
  return (name, payload, out) => {
    const piece = name === 'contentBlockDelta' ? textDelta(payload) : undefined;
    if (piece) normal.pushText(piece.index, piece.text, out);
    else normal.push(name, parsePayload(payload), out);
  };
}

/** The events of an answer that came in one piece. */
async function* whole(reply: Answered, served: Served, restore: Restore, onUnknown: OnUnknown | undefined): Batches {
  const answer = converseResponse(await replyJson(reply), served, onUnknown);
  yield restore(replay(answer));
}
