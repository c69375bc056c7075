import { ProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { OnUnknown } from '../converse/ending.ts';
import type { Event, Served } from '../converse/events.ts';
import { normalizer } from '../converse/normalize.ts';
import { replay } from '../converse/replay.ts';
import { converseResponse } from '../converse/response.ts';
import type { Accommodate, Accommodation } from './accommodation.ts';
import type { Answered, Connection } from './connection.ts';
import { frameFailure, httpFailure } from './failures.ts';
import { frameDecoder } from './frames.ts';
import { pathSegment } from './sign.ts';
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

const eventStream = 'application/vnd.amazon.eventstream';
/** A whole answer is silent until it is complete. */
const wholeAnswerMs = 900_000;
const mostAnswerBytes = 64 * 1024 * 1024;

/** Bedrock Runtime as an upstream: one request per call, no retry. All failures are thrown as ProxyError from the iteration. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { connection, accommodate, repairAfter, onUnknown } = options;

  async function* answer(call: Call): Batches {
    const { batches, first } = await begin(call);
    try {
      for (let step = first; !step.done; step = await batches.next()) yield step.value;
    } finally {
      await batches.return();
    }
  }

  /** The answer up to its first batch: until then nothing was given out, and a refused request may be put otherwise, once. */
  async function begin(call: Call): Promise<{ batches: Batches; first: IteratorResult<readonly Event[], void> }> {
    const tried = accommodate(call);
    try {
      return await attempt(call, tried);
    } catch (error) {
      const repaired = isRepairable(error) ? repairAfter?.(error, call, tried) : undefined;
      if (!repaired) throw error;
      return await attempt(call, repaired);
    }
  }

  async function attempt(call: Call, tried: Accommodation) {
    const reply = await send(call, tried);
    const served: Served = {
      model: call.target.modelId,
      region: reply.region,
      changes: [...call.changes, ...tried.changes],
    };
    if (reply.requestId !== undefined) served.upstreamRequestId = reply.requestId;
    const read = streams(call, tried) ? streamed : whole;
    const batches = read(reply, served, tried.restore(), onUnknown);
    return { batches, first: await batches.next() };
  }

  async function send(call: Call, tried: Accommodation): Promise<Answered> {
    const { modelId, region } = call.target;
    const streaming = streams(call, tried);
    const reply = await connection.post({
      region,
      model: modelId,
      path: `/model/${pathSegment(modelId)}/${streaming ? 'converse-stream' : 'converse'}`,
      accept: streaming ? eventStream : 'application/json',
      body: JSON.stringify(tried.request),
      idleMs: idleOf(call, options.idle),
      ...(streaming ? {} : { firstByteMs: wholeAnswerMs }),
      signal: call.signal,
    });
    const type = String(reply.headers['content-type'] ?? '');
    if (reply.status === 200 && type.startsWith(streaming ? eventStream : 'application/json')) return reply;
    const error = httpFailure(reply.status, reply.headers, await errorText(reply, call.signal), reply.where);
    if (error.code === 'sign_in_needed') reply.refuseIdentity();
    throw error;
  }

  return answer;
}

/** Who reads no stream is answered by Converse: one body to read instead of a frame per word, for the same tokens. */
function streams(call: Call, { streaming }: Accommodation): boolean {
  return streaming && call.stream;
}

/** What another shape of the same request may cure. */
function isRepairable(error: unknown): error is ProxyError {
  return (
    error instanceof ProxyError &&
    ['invalid_request', 'unsupported', 'unknown_model', 'context_length'].includes(error.code)
  );
}

function idleOf(call: Call, idle: UpstreamOptions['idle']): number {
  const { reasoning } = call.target.info.capabilities;
  const thinks = reasoning !== false && (reasoning.defaultOn || reasoning.modes.includes('adaptive'));
  return thinks ? (idle?.thinking ?? 600_000) : (idle?.plain ?? 60_000);
}

/** The events of a streamed answer, one batch per read. What was read before a failure is given out first. */
async function* streamed(reply: Answered, served: Served, restore: Restore, onUnknown: OnUnknown | undefined): Batches {
  let events: Event[] = [];
  const normal = normalizer(served, onUnknown);
  const decoder = frameDecoder((headers, bytes, start, end) => {
    const payload = bytes.toString('utf8', start, end);
    if (headers.messageType !== 'event') throw frameFailure(headers, payload, reply.requestId, reply.where);
    const piece = headers.eventType === 'contentBlockDelta' ? textDelta(payload) : undefined;
    if (piece) normal.pushText(piece.index, piece.text, events);
    else normal.push(headers.eventType, parse(payload), events);
  });
  try {
    while (!normal.ended()) {
      const chunks = await reply.next();
      const failure = attemptTo(() => {
        for (const chunk of chunks ?? []) decoder.push(chunk);
        if (chunks) return;
        decoder.finish();
        normal.finish(events);
      });
      if (events.length > 0) {
        const batch = restore(events);
        events = [];
        if (batch.length > 0) yield batch;
      }
      if (failure) throw failure.error;
    }
  } finally {
    reply.release(normal.ended());
  }
}

/** The events of an answer that came in one piece. */
async function* whole(reply: Answered, served: Served, restore: Restore, onUnknown: OnUnknown | undefined): Batches {
  const answer = converseResponse(parse(await text(reply)), served, onUnknown);
  yield restore(replay(answer));
}

function attemptTo(act: () => void): { error: unknown } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return { error };
  }
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch (cause) {
    throw new ProxyError('upstream_truncated', "Bedrock's answer holds an event that is not JSON.", {
      retry: 'once',
      cause,
    });
  }
}

/** Who refuses a large request early may reset the connection behind the refusal: the status then speaks alone. */
async function errorText(reply: Answered, signal: AbortSignal): Promise<string> {
  try {
    return await text(reply);
  } catch {
    signal.throwIfAborted();
    return '';
  }
}

async function text(reply: Answered): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for (let batch = await reply.next(); batch; batch = await reply.next()) {
      chunks.push(...batch);
      for (const chunk of batch) size += chunk.length;
      if (size > mostAnswerBytes)
        throw new ProxyError('upstream_rejected', `Bedrock's answer is larger than ${mostAnswerBytes} bytes.`);
    }
  } finally {
    reply.release(false);
  }
  return Buffer.concat(chunks).toString('utf8');
}
