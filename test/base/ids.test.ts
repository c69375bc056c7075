import { expect, test } from 'vitest';
import { newId } from '../../src/base/ids.ts';

test('an id has its prefix, its length and no character beyond letters and digits', () => {
  for (const length of [1, 13, 14, 15, 24, 40])
    expect(newId('req_', length)).toMatch(new RegExp(`^req_[0-9a-f]{${length}}$`));
});

test('every position takes every digit, and ten thousand ids are all different', () => {
  const ids = Array.from({ length: 10_000 }, () => newId(''));
  expect(new Set(ids).size).toBe(ids.length);
  for (let at = 0; at < 24; at++) expect([at, new Set(ids.map((id) => id[at])).size]).toEqual([at, 16]);
});
