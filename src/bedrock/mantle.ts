import { createParser } from 'eventsource-parser';
import { isObject } from '../base/json.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Event, Served } from '../converse/events.ts';
import { takeNotes } from '../converse/notes.ts';
import type { Accommodate } from './accommodation.ts';
import { ask, parsePayload } from './ask.ts';
import type { Answered, Connection } from './connection.ts';
import { chunkFailure } from './failures.ts';
import { chunkReader } from './mantle-events.ts';
import { mantleBody, tellLeftOut } from './mantle-request.ts';
import { idleOf, type UpstreamOptions } from './upstream.ts';

type Batches = AsyncGenerator<readonly Event[], void, void>;

/** Makers whose models stand under `/openai/v1`; all others under `/v1` (AWS user guide, "bedrock-mantle", 2026-08). */
const openAiRoute: ReadonlySet<string> = new Set(['openai', 'google', 'xai']);

/** Bedrock's OpenAI-compatible endpoint, for models that Converse does not serve. Whole answers are streams too. */
export function mantleUpstream(
  connection: Pick<Connection, 'post'>,
  accommodate: Accommodate,
  idle: UpstreamOptions['idle'],
): Upstream {
  return async function* answer(call: Call): Batches {
    const { target } = call;
    const fitted = accommodate(call);
    const body = mantleBody(target.modelId, fitted.request);
    const { changes, note } = takeNotes();
    tellLeftOut(fitted.request, note);
    const reply = await ask(connection, {
      service: 'bedrock-mantle',
      region: target.region,
      model: target.modelId,
      path: `${openAiRoute.has(target.info.provider) ? '/openai/v1' : '/v1'}/chat/completions`,
      accept: 'text/event-stream',
      body: JSON.stringify(body),
      idleMs: idleOf(call, idle),
      signal: call.signal,
    });
    const served: Served = {
      model: target.modelId,
      region: reply.region,
      changes: [...call.changes, ...fitted.changes, ...changes],
    };
    if (reply.requestId !== undefined) served.upstreamRequestId = reply.requestId;
    const restore = fitted.restore();
    for await (const batch of readChunks(reply, served)) {
      const restored = restore(batch);
      if (restored.length > 0) yield restored;
    }
  };
}

/** One batch per read. What was read before a failure is given out first. */
async function* readChunks(reply: Answered, served: Served): Batches {
  const failureOf = (said: unknown) => chunkFailure(said, reply.requestId, reply.where);
  const reader = chunkReader(served, failureOf);
  const decoder = new TextDecoder();
  let events: Event[] = [];
  let done = false;
  const parser = createParser({
    onEvent({ event, data }) {
      if (done) return;
      if (data.trim() === '[DONE]') finish();
      else if (event === 'error') throw failureOf(errorOf(parsePayload(data)));
      else reader.push(parsePayload(data), events);
    },
  });
  const finish = (): void => {
    reader.finish(events);
    done = true;
  };
  try {
    while (!done) {
      const chunks = await reply.next();
      let failure: { error: unknown } | undefined;
      try {
        for (const chunk of chunks ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
        // A gateway may leave `[DONE]` out: an answer that said why it stopped is whole.
        if (!chunks && !done) finish();
      } catch (error) {
        failure = { error };
      }
      if (events.length > 0) yield events;
      events = [];
      if (failure) throw failure.error;
    }
  } finally {
    reply.release(done);
  }
}

/** `event: error` carries the error itself, or wrapped as in a chunk. */
const errorOf = (said: unknown): unknown => (isObject(said) ? (said['error'] ?? said) : said);
