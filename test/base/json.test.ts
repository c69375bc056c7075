import { expect, test } from 'vitest';
import { exactJson, jsonDepth, keptDigits, parsedJson } from '../../src/base/json.ts';

const written = (text: string) => JSON.stringify(exactJson(text));

test.each([
  '{"id":1234567890123456789}',
  '[-9223372036854775808,18446744073709551615]',
  '{"a":{"b":[12345678901234567890]}}',
])('an integer that JavaScript cannot hold keeps its digits: %s', (text) => {
  expect(written(text)).toBe(text);
  expect(JSON.stringify(parsedJson(text))).toBe(text);
});

test('every other value is what JSON.parse gives', () => {
  const text =
    '{"a":1.5,"safe":9007199254740991,"text":"1234567890123456789","long":0.1234567890123456789,"__proto__":{"x":1},"e":1e3}';
  expect(exactJson(text)).toEqual(JSON.parse(text));
  expect(written(text)).toBe(JSON.stringify(JSON.parse(text)));
  const mixed = '{"id":1234567890123456789,"__proto__":{"x":1.0},"f":1234567890123456789.5}';
  expect(written(mixed)).toBe('{"id":1234567890123456789,"__proto__":{"x":1},"f":1234567890123456800}');
});

test('kept digits can be told from an object that looks like them', () => {
  expect(keptDigits(exactJson('1234567890123456789'))).toBe('1234567890123456789');
  expect(keptDigits({ rawJSON: '1' })).toBeUndefined();
  expect(keptDigits(1)).toBeUndefined();
});

test.each([
  ['{"a":[{"b":1}]}', 3],
  ['["[[[", "{{{"]', 1],
  ['["\\"[[", [1]]', 2],
  ['["\\\\", [[1]]]', 3],
  ['["a\\\\\\"[[[", 1]', 1],
  ['[1],[2],[3]', 1],
  ['[" never closed [[[', 1],
])('brackets nest as deep as they do outside of strings: %s', (text, depth) => {
  expect(jsonDepth(text, 100)).toBe(depth);
});

test('the depth is looked for no further than the limit', () => {
  expect(jsonDepth('['.repeat(1_000), 64)).toBe(65);
});
