import { type ProxyError, toProxyError } from '../base/errors.ts';
import type { Event, EventStream } from './events.ts';

type Batch = readonly Event[];

/** Told of a stream that somebody else reads. It must be quick. */
export type Onlooker = {
  batch?(batch: Batch): void;
  /** Once, when the stream is over: with `error` when it failed, without when it ended or its reader left. */
  over?(error?: ProxyError): void;
};

const looking = Symbol('looking');
type Watched = EventStream & { readonly [looking]?: { source: EventStream; all: readonly Onlooker[] } };

/**
 * The same stream with one more onlooker, told before the reader is. Watching a watched stream adds no hop: a batch
 * costs one promise however many look on, and a generator in each layer would cost every token several.
 */
export function watched(stream: EventStream, onlooker: Onlooker): EventStream {
  const inner = (stream as Watched)[looking];
  const source = inner?.source ?? stream;
  const all = inner ? [...inner.all, onlooker] : [onlooker];
  const result: Watched = { [looking]: { source, all }, [Symbol.asyncIterator]: () => read(source, all) };
  return result;
}

function read(source: EventStream, all: readonly Onlooker[]): AsyncIterator<Batch> {
  const iterator = source[Symbol.asyncIterator]();
  let isOver = false;
  const over = (error?: ProxyError): void => {
    if (isOver) return;
    isOver = true;
    for (const onlooker of all) onlooker.over?.(error);
  };
  const told = (step: IteratorResult<Batch>): IteratorResult<Batch> => {
    if (step.done) over();
    else for (const onlooker of all) onlooker.batch?.(step.value);
    return step;
  };
  const failed = (thrown: unknown): never => {
    const error = toProxyError(thrown);
    over(error);
    throw error;
  };
  return {
    next: () => iterator.next().then(told, failed),
    async return() {
      try {
        await iterator.return?.();
      } finally {
        over();
      }
      return { done: true, value: undefined };
    },
  };
}
