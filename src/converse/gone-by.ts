import { flatten } from '../base/flatten.ts';
import type { DeltaEvent, Event } from './events.ts';

/** The part of a stream that everybody has read, for whoever comes late. */
export type GoneBy = {
  add(batch: readonly Event[]): void;
  /** All of it so far; neighbouring deltas of a block are one. */
  events(): Event[];
};

/** A piece of so many characters is not put together with the next. */
const pieceChars = 4_096;

/** Keeps a stream's events in a tenth of the memory that its batches take, where a token is a batch. */
export function createGoneBy(): GoneBy {
  const events: Event[] = [];
  /** The last event, where it is a delta: our own copy, because it grows. */
  let growing: DeltaEvent | undefined;

  const add = (event: Event): void => {
    const last = growing && growing.text.length < pieceChars ? growing : undefined;
    if (event.type === 'delta' && last?.index === event.index && last.kind === event.kind) {
      last.text += event.text;
      return;
    }
    if (growing) flatten(growing.text);
    growing = event.type === 'delta' ? { ...event } : undefined;
    events.push(growing ?? event);
  };
  return {
    add(batch) {
      for (const event of batch) add(event);
    },
    events() {
      if (!growing) return [...events];
      flatten(growing.text);
      return [...events.slice(0, -1), { ...growing }];
    },
  };
}
