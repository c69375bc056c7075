import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import type { Event, EventStream } from '../../src/converse/events.ts';
import { watched } from '../../src/converse/watched.ts';

const close: Event = { type: 'close', index: 0 };

async function* twoBatches(failure?: Error): AsyncGenerator<readonly Event[], void> {
  yield [close];
  yield [close, close];
  if (failure) throw failure;
}

function look(stream: EventStream, name: string, told: string[]): EventStream {
  return watched(stream, {
    batch: (batch) => told.push(`${name} ${batch.length}`),
    over: (error) => told.push(`${name} over${error ? ` ${error.code}` : ''}`),
  });
}

test('every onlooker is told of each batch, the inner one first, and once of the end', async () => {
  const told: string[] = [];
  for await (const batch of look(look(twoBatches(), 'a', told), 'b', told)) told.push(`read ${batch.length}`);
  expect(told).toEqual(['a 1', 'b 1', 'read 1', 'a 2', 'b 2', 'read 2', 'a over', 'b over']);
});

test('a failure is told as a ProxyError, and thrown as one', async () => {
  const told: string[] = [];
  const read = async () => {
    for await (const _ of look(twoBatches(new Error('boom')), 'a', told)) {
      // Only the end matters.
    }
  };
  await expect(read()).rejects.toBeInstanceOf(ProxyError);
  expect(told.at(-1)).toBe('a over internal');
});

test('a reader that leaves ends the source, and the onlookers are told once, before the first batch too', async () => {
  const told: string[] = [];
  let closed = false;
  const source: EventStream = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: [close] }),
      return: async () => {
        closed = true;
        return { done: true, value: undefined };
      },
    }),
  };
  for await (const _ of look(source, 'a', told)) break;
  expect([closed, told]).toEqual([true, ['a 1', 'a over']]);
  await look(source, 'b', told)[Symbol.asyncIterator]().return?.();
  expect(told.at(-1)).toBe('b over');
});
