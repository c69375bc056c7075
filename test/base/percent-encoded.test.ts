import { expect, test } from 'vitest';
import { percentEncoded } from '../../src/base/percent-encoded.ts';

test('only unreserved characters stay, so that a model id is one segment of a path', () => {
  expect(percentEncoded("a:b/c'(d)*!~")).toBe('a%3Ab%2Fc%27%28d%29%2A%21~');
});
