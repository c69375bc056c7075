import type { Event, EventStream, Served } from '../converse/events.ts';

type Batch = readonly Event[];
type Tell = (served: Served) => Served;

const telling = Symbol('telling');
type Told = EventStream & { readonly [telling]?: { source: EventStream; tell: Tell } };

/**
 * The same stream with its `start` told anew; from the second batch on it costs nothing over its source, and telling a
 * told stream adds no hop.
 */
export function tellStart(stream: EventStream, tell: Tell): EventStream {
  const inner = (stream as Told)[telling];
  const source = inner?.source ?? stream;
  const all: Tell = inner ? (served) => tell(inner.tell(served)) : tell;
  const result: Told = { [telling]: { source, tell: all }, [Symbol.asyncIterator]: () => read(source, all) };
  return result;
}

function read(stream: EventStream, tell: Tell): AsyncIterator<Batch> {
  const source = stream[Symbol.asyncIterator]();
  const opened = (step: IteratorResult<Batch>): IteratorResult<Batch> => {
    const head = step.done ? undefined : step.value[0];
    if (step.done || head?.type !== 'start') return step;
    return { done: false, value: [{ type: 'start', served: tell(head.served) }, ...step.value.slice(1)] };
  };
  let first = true;
  return {
    next() {
      if (!first) return source.next();
      first = false;
      return source.next().then(opened);
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
