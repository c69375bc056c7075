import { expect, test } from 'vitest';
import { exactJson, type JsonValue } from '../../src/base/json.ts';
import { mapJson, mapNativeText, mapRequestText } from '../../src/policy/request-text.ts';

const masked = (json: string, map: (text: string) => string) =>
  JSON.stringify(mapJson(exactJson(json) as JsonValue, map));

test('a number that keeps its digits is read like a text, and stays a number where nothing is in it', () => {
  const json = '{"card":4111111111111111110,"n":1}';
  expect(masked(json, (text) => text)).toBe(json);
  expect(masked(json, (text) => text.replace('4111111111111111110', 'MASKED'))).toBe('{"card":"MASKED","n":1}');
});

const hide = (text: string): string => text.replace('canary', 'MASKED');

test('a stop sequence is a text that leaves like all others', () => {
  const request = { messages: [], inferenceConfig: { maxTokens: 9, stopSequences: ['END', 'canary 1'] } };
  expect(mapRequestText(request, hide).inferenceConfig).toEqual({ maxTokens: 9, stopSequences: ['END', 'MASKED 1'] });
  expect(mapRequestText(request, (text) => text)).toBe(request);
});

test('a document of text in a native body is read, in base64 too; what is no text is left alone', () => {
  const data = (words: string) => Buffer.from(words).toString('base64');
  const source = (media_type: string, words: string) => ({ type: 'base64', media_type, data: data(words) });
  const body = { content: [source('text/plain', 'a canary'), source('application/pdf', 'a canary')] };
  expect(mapNativeText({ dialect: 'anthropic-messages', body }, hide)).toMatchObject({
    body: { content: [source('text/plain', 'a MASKED'), source('application/pdf', 'a canary')] },
  });
});
