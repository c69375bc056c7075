import type { Event, EventStream, Served } from '../converse/events.ts';

type Batch = readonly Event[];

/** The same stream with its `start` told anew; from the second batch on it costs nothing over its source. */
export function tellStart(stream: EventStream, tell: (served: Served) => Served): EventStream {
  const source = stream[Symbol.asyncIterator]();
  const opened = async (): Promise<IteratorResult<Batch>> => {
    const step = await source.next();
    const head = step.done ? undefined : step.value[0];
    if (step.done || head?.type !== 'start') return step;
    return { done: false, value: [{ type: 'start', served: tell(head.served) }, ...step.value.slice(1)] };
  };
  let first = true;
  const iterator: AsyncIterator<Batch> = {
    next() {
      if (!first) return source.next();
      first = false;
      return opened();
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
