import { expect, test } from 'vitest';
import { writeBehind } from '../../src/observe/write-behind.ts';
import { fakeClock } from '../proxy/call-fixture.ts';

test('what a disk refused is written once it takes it again, though nothing new comes, and asked ever more seldom and told of once', async () => {
  const clock = fakeClock();
  const written: string[] = [];
  let isFull = true;
  let tries = 0;
  let failures = 0;
  const queue = writeBehind<string>({
    clock,
    write(items) {
      tries++;
      if (isFull) throw new Error('no space left on device');
      written.push(...items.splice(0));
    },
    onError: () => failures++,
  });
  queue.add('a');
  await clock.advance(500);
  expect([failures, written]).toEqual([1, []]);
  expect(tries).toBe(1);
  await clock.advance(999);
  expect(tries).toBe(1);
  await clock.advance(1);
  expect(tries).toBe(2);
  isFull = false;
  queue.add('b');
  await clock.advance(2_000);
  expect(written).toEqual(['a', 'b']);
  queue.add('c');
  await clock.advance(500);
  expect(written).toEqual(['a', 'b', 'c']);
  expect(failures).toBe(1);
  isFull = true;
  queue.add('d');
  await clock.advance(500);
  expect(failures).toBe(2);
  isFull = false;
  queue.close();
});
