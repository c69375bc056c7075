import { expect, test } from 'vitest';
import { createResponseStore } from '../../src/policy/response-store.ts';
import type { StoredResponse } from '../../src/wire/openai-responses/previous.ts';

const stored = (id: string, text = 'x'): StoredResponse => ({
  id,
  input: [{ type: 'message', role: 'user', content: text }],
  output: [],
  response: { id },
});

test('a response is found by its own principal until it is deleted', () => {
  const store = createResponseStore({ clock: { monotonic: () => 1 } });
  store.put('ann', stored('resp_1'));
  expect(store.get('ann', 'resp_1')).toEqual(stored('resp_1'));
  expect(store.get('bob', 'resp_1')).toBeUndefined();
  expect(store.delete('bob', 'resp_1')).toBe(false);
  expect(store.delete('ann', 'resp_1')).toBe(true);
  expect(store.get('ann', 'resp_1')).toBeUndefined();
});

test('principals and ids that run together do not meet', () => {
  const store = createResponseStore({ clock: { monotonic: () => 1 } });
  store.put('a","b', stored('c'));
  expect(store.get('a', 'b","c')).toBeUndefined();
});

test('it forgets what was not used for its time, and what it has no room for', () => {
  let now = 1;
  const store = createResponseStore({ clock: { monotonic: () => now }, maxBytes: 4000, ttlMs: 1000 });
  store.put('ann', stored('resp_1'));
  now += 900;
  expect(store.get('ann', 'resp_1')).toBeDefined();
  now += 900;
  expect(store.get('ann', 'resp_1')).toBeDefined();
  now += 1100;
  expect(store.get('ann', 'resp_1')).toBeUndefined();
  store.put('ann', stored('giant', 'x'.repeat(600)));
  expect(store.get('ann', 'giant')).toBeUndefined();
  for (let n = 0; n < 20; n++) store.put('ann', stored(`r${n}`, 'x'.repeat(300)));
  expect(store.get('ann', 'r0')).toBeUndefined();
  expect(store.get('ann', 'r19')).toBeDefined();
});
