import { ProxyError } from '../base/errors.ts';
import type { Event } from '../converse/events.ts';
import type { Answered } from './connection.ts';
import { frameFailure } from './failures.ts';
import { frameDecoder } from './frames.ts';

/** Makes events of the frames of one answer. */
export type FrameReader = {
  push(eventType: string, payload: string, out: Event[]): void;
  /** Called once, when the body has ended. Throws when the answer has not. */
  finish(out: Event[]): void;
  ended(): boolean;
};

type Batch = readonly Event[];

/** The events of a streamed answer, one batch per read. What was read before a failure is given out first. */
export async function* readFrames(
  reply: Answered,
  reader: FrameReader,
  restore: (batch: Batch) => Batch,
): AsyncGenerator<Batch, void, void> {
  let events: Event[] = [];
  const decoder = frameDecoder((headers, bytes, start, end) => {
    const payload = bytes.toString('utf8', start, end);
    if (headers.messageType !== 'event') throw frameFailure(headers, payload, reply.requestId, reply.where);
    reader.push(headers.eventType, payload, events);
  });
  try {
    while (!reader.ended()) {
      let chunks: Awaited<ReturnType<Answered['next']>>;
      let broken: ProxyError | undefined;
      try {
        chunks = await reply.next();
      } catch (error) {
        broken = breakOf(error);
      }
      const failure = attemptTo(() => {
        for (const chunk of chunks ?? []) decoder.push(chunk);
        if (chunks) return;
        if (!broken) decoder.finish();
        finish(reader, events, broken);
      });
      if (events.length > 0) {
        const batch = restore(events);
        events = [];
        if (batch.length > 0) yield batch;
      }
      // What stands behind a whole answer, be it an exception, takes nothing from it.
      if (failure && !reader.ended()) throw failure.error;
    }
  } finally {
    reply.release(reader.ended());
  }
}

/** What became of a connection that broke or fell silent. Throws the rest, the client's leaving above all. */
function breakOf(error: unknown): ProxyError {
  if (!(error instanceof ProxyError) || error.code === 'client_gone') throw error;
  return error;
}

/** The end of the body. Where the model had said why it stopped, nothing but the usage is lost with the connection. */
function finish(reader: FrameReader, events: Event[], broken: ProxyError | undefined): void {
  try {
    reader.finish(events);
  } catch (error) {
    throw broken ?? error;
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
