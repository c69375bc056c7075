import { sseEvent } from '../../base/sse.ts';

/** Writes one stream's events, numbered in their order. */
export type EventPen = {
  event(type: string, fields: Record<string, unknown>): string;
  /** An event whose `response` is JSON text already. */
  responseEvent(type: string, response: string): string;
  /** A writer for many events that differ in `delta` alone: the rest of the text is made once. */
  deltas(type: string, fields: Record<string, unknown>): (delta: string) => string;
};

/** A pen that numbers from 0. */
export function eventPen(): EventPen {
  let sequence = 0;
  return {
    event: (type, fields) => sseEvent(type, JSON.stringify({ type, ...fields, sequence_number: sequence++ })),
    responseEvent: (type, response) =>
      sseEvent(type, `{"type":"${type}","sequence_number":${sequence++},"response":${response}}`),
    deltas: (type, fields) => {
      const head = `event: ${type}\ndata: ${JSON.stringify({ type, ...fields }).slice(0, -1)},"sequence_number":`;
      return (delta) => `${head}${sequence++},"delta":${JSON.stringify(delta)}}\n\n`;
    },
  };
}
