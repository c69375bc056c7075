import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayBeHalved, wellFormed } from '../../src/base/well-formed.ts';

test('half an emoji becomes U+FFFD wherever it stands; whole ones stay', () => {
  const body = JSON.parse('{"a":["cut \\ud83d",{"b\\udc00":"\\ud83d\\ude00 whole"}],"n":1,"x":null}') as unknown;
  expect(wellFormed(body)).toEqual({ a: ['cut �', { 'b�': '😀 whole' }], n: 1, x: null });
});

test('what is whole is the same value', () => {
  const body = { a: ['😀', 1, { b: null }] };
  expect(wellFormed(body)).toBe(body);
});

test('no half of a character in a JSON text goes unnoticed, and its mending leaves none', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.string({ unit: fc.integer({ min: 0xd7f0, max: 0xe010 }).map((unit) => String.fromCharCode(unit)) }),
      (value, odd) => {
        const text = JSON.stringify({ value, odd });
        if (!odd.isWellFormed()) expect(mayBeHalved(text)).toBe(true);
        const mended = wellFormed(JSON.parse(text)) as { odd: string };
        expect(mended.odd).toBe(odd.toWellFormed());
      },
    ),
  );
});

test('plain escapes and whole pairs are no halves', () => {
  expect(mayBeHalved('{"a":"\\u00e9 \\ud83d\\ude00"}')).toBe(false);
});
