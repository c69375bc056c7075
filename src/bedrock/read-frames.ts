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
      const chunks = await reply.next();
      const failure = attemptTo(() => {
        for (const chunk of chunks ?? []) decoder.push(chunk);
        if (chunks) return;
        decoder.finish();
        reader.finish(events);
      });
      if (events.length > 0) {
        const batch = restore(events);
        events = [];
        if (batch.length > 0) yield batch;
      }
      if (failure) throw failure.error;
    }
  } finally {
    reply.release(reader.ended());
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
