import { expect, test } from 'vitest';
import { storedResponses } from '../../src/policy/stored-responses.ts';
import type { StoredResponse } from '../../src/wire/openai-responses/previous.ts';

const response = (id: string, text = ''): StoredResponse => ({
  id,
  input: [{ type: 'message', role: 'user', content: text }],
  output: [],
  response: { id },
});

test('a principal finds its own responses and no other’s, until they are deleted', () => {
  const store = storedResponses({ monotonic: () => 1 });
  store.put('alice', response('resp_1'));
  expect(store.get('alice', 'resp_1')?.id).toBe('resp_1');
  expect(store.get('bob', 'resp_1')).toBeUndefined();
  expect(store.delete('bob', 'resp_1')).toBe(false);
  expect(store.delete('alice', 'resp_1')).toBe(true);
  expect(store.get('alice', 'resp_1')).toBeUndefined();
});

test('the store is bounded in number, in size and in age', () => {
  let now = 1;
  const clock = { monotonic: () => now };
  const few = storedResponses(clock, { count: 2 });
  for (const id of ['a', 'b', 'c']) few.put('p', response(id));
  expect(['a', 'b', 'c'].map((id) => few.get('p', id)?.id)).toEqual([undefined, 'b', 'c']);
  const small = storedResponses(clock, { characters: 5_000 });
  small.put('p', response('big', 'x'.repeat(4_000)));
  small.put('p', response('next', 'x'.repeat(4_000)));
  expect(small.get('p', 'big')).toBeUndefined();
  const short = storedResponses(clock, { lifeMs: 1_000 });
  short.put('p', response('old'));
  now += 1_001;
  expect(short.get('p', 'old')).toBeUndefined();
});
