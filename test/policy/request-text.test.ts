import { expect, test } from 'vitest';
import { exactJson, type JsonValue } from '../../src/base/json.ts';
import { mapJson } from '../../src/policy/request-text.ts';

const masked = (json: string, map: (text: string) => string) =>
  JSON.stringify(mapJson(exactJson(json) as JsonValue, map));

test('a number that keeps its digits is read like a text, and stays a number where nothing is in it', () => {
  const json = '{"card":4111111111111111110,"n":1}';
  expect(masked(json, (text) => text)).toBe(json);
  expect(masked(json, (text) => text.replace('4111111111111111110', 'MASKED'))).toBe('{"card":"MASKED","n":1}');
});
