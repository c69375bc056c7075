import { expect, test } from 'vitest';
import { plainObject } from '../../src/demo/told-format.ts';

test('an object has the members that the prompt names, or one for the answer', () => {
  const asked =
    "Tell me a joke. Return the result as a JSON with 'setup' and 'punchline' keys. Return nothing but JSON.";
  expect(plainObject(asked, 'Ha')).toEqual({ setup: 'Ha', punchline: 'Ha' });
  expect(plainObject('with the "a", `b`, and "c" keys', 'x')).toEqual({ a: 'x', b: 'x', c: 'x' });
  expect(plainObject('JSON please, of "Ada" and her keys', 'x')).toEqual({ answer: 'x' });
});
