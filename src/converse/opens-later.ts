import type { Event, EventStream } from './events.ts';

type Batch = readonly Event[];
type Source = AsyncIterator<Batch>;

/** What a stream is read from once it is open: its first batch, and a read that is under way already. */
export type Opened = {
  source: Source;
  first: IteratorResult<Batch>;
  then?: Promise<IteratorResult<Batch>> | undefined;
};

/** The stream that `begin` opens at the first read; from the second batch on it costs nothing over its source. */
export function opensLater(begin: () => Promise<Opened>): EventStream {
  let source: Source | undefined;
  let then: Promise<IteratorResult<Batch>> | undefined;
  const iterator: Source = {
    next() {
      if (source === undefined) return opened();
      if (then === undefined) return source.next();
      const read = then;
      then = undefined;
      return read;
    },
    async return() {
      await source?.return?.();
      return { done: true, value: undefined };
    },
  };
  const opened = async () => {
    const opening = await begin();
    ({ source, then } = opening);
    return opening.first;
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
