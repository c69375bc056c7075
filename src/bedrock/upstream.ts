import { ProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { OnUnknown } from '../converse/ending.ts';
import type { Event, Served } from '../converse/events.ts';
import { normalizer } from '../converse/normalize.ts';
import { replay } from '../converse/replay.ts';
import { converseResponse } from '../converse/response.ts';
import type { Accommodate, Accommodation } from './accommodation.ts';
import type { Answered, Connection } from './connection.ts';
import { httpFailure, refusalFailure } from './failures.ts';
import type { FrameHeaders } from './frame-headers.ts';
import { frameDecoder } from './frames.ts';
import { pathSegment } from './sign.ts';

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

const eventStream = 'application/vnd.amazon.eventstream';
/** A whole answer is silent until it is complete. */
const wholeAnswerMs = 900_000;
const mostAnswerBytes = 64 * 1024 * 1024;

/** Bedrock Runtime as an upstream: one request per call, no retry. All failures are thrown as ProxyError from the iteration. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { connection, accommodate, repairAfter, onUnknown } = options;

  async function* answer(call: Call): Batches {
    const tried = accommodate(call);
    let batches = attempt(call, tried);
    let first: IteratorResult<readonly Event[], void>;
    try {
      first = await batches.next();
    } catch (error) {
      const repaired = isRepairable(error) ? repairAfter?.(error, call, tried) : undefined;
      if (!repaired) throw error;
      batches = attempt(call, repaired);
      first = await batches.next();
    }
    if (first.done) return;
    try {
      yield first.value;
      yield* batches;
    } finally {
      await batches.return();
    }
  }

  async function* attempt(call: Call, tried: Accommodation): Batches {
    const reply = await send(call, tried);
    const served: Served = {
      model: call.target.modelId,
      region: reply.region,
      changes: [...call.changes, ...tried.changes],
    };
    const requestId = reply.headers['x-amzn-requestid'];
    if (typeof requestId === 'string') served.upstreamRequestId = requestId;
    const restore = tried.restore();
    if (!tried.streaming) {
      const body = await wholeBody(reply);
      yield restore(replay(converseResponse(body, served, onUnknown)));
      return;
    }
    for await (const batch of streamed(reply, served, onUnknown)) yield restore(batch);
  }

  async function send(call: Call, { request, streaming }: Accommodation): Promise<Answered> {
    const { modelId, region } = call.target;
    const reply = await connection.post({
      region,
      model: modelId,
      path: `/model/${pathSegment(modelId)}/${streaming ? 'converse-stream' : 'converse'}`,
      accept: streaming ? eventStream : 'application/json',
      body: Buffer.from(JSON.stringify(request)),
      idleMs: idleOf(call, options.idle),
      ...(streaming ? {} : { firstByteMs: wholeAnswerMs }),
      signal: call.signal,
    });
    const type = String(reply.headers['content-type'] ?? '');
    if (reply.status === 200 && type.startsWith(streaming ? eventStream : 'application/json')) return reply;
    const error = httpFailure(reply.status, reply.headers, await text(reply), reply.where);
    if (error.code === 'sign_in_needed') reply.refuseIdentity();
    throw error;
  }

  return answer;
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
async function* streamed(reply: Answered, served: Served, onUnknown: OnUnknown | undefined): Batches {
  let events: Event[] = [];
  const normal = normalizer(served, onUnknown);
  const decoder = frameDecoder((headers, bytes, start, end) => {
    const payload = bytes.toString('utf8', start, end);
    if (headers.messageType !== 'event') throw refusedInside(headers, payload, reply);
    normal.push(headers.eventType, parse(payload), events);
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
        const batch = events;
        events = [];
        yield batch;
      }
      if (failure) throw failure.error;
    }
  } finally {
    reply.release(normal.ended());
  }
}

function attemptTo(act: () => void): { error: unknown } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** An exception frame carries JSON with a message, an error frame carries it in its headers. */
function refusedInside(headers: FrameHeaders, payload: string, reply: Answered): ProxyError {
  const { exceptionType, errorCode, errorMessage } = headers;
  if (headers.messageType === 'error') return refusedAs(errorCode, errorMessage, reply);
  const said = parse(payload);
  const message = typeof said === 'object' && said !== null && 'message' in said ? String(said.message) : payload;
  return refusedAs(exceptionType, message, reply);
}

function refusedAs(name: string, message: string, reply: Answered): ProxyError {
  const requestId = reply.headers['x-amzn-requestid'];
  return refusalFailure({ name, message, ...(typeof requestId === 'string' ? { requestId } : {}) }, reply.where);
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

async function wholeBody(reply: Answered): Promise<unknown> {
  return parse(await text(reply));
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
