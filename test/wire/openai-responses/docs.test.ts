import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ignoredFields } from '../../../src/wire/openai-responses/ignored.ts';
import { pageRows, publishedFields } from '../field-page.ts';

const page = readFileSync('docs/clients/openai-responses.md', 'utf8');
const fields = pageRows(page, 'Request fields');

/** What the Open Responses request has beyond OpenAI's (openresponses/openresponses, CreateResponseBody). */
const openResponses = ['presence_penalty', 'frequency_penalty'];

test('every field of the published request has its row, and no row names a field that is not published', () => {
  const published = publishedFields('openai/resources/responses/responses.d.ts', 'ResponseCreateParamsBase');
  expect(published.length).toBeGreaterThan(25);
  expect(fields.map(([field]) => field).sort()).toEqual([...published, ...openResponses].sort());
});

test('the page calls ignored exactly what the code ignores', () => {
  const ignored = fields.filter(([, verdict]) => verdict === 'ignored').map(([field]) => field);
  expect(ignored.sort()).toEqual([...ignoredFields.keys()].sort());
});

test('every verdict is one of the four', () => {
  const items = pageRows(page, 'Items');
  expect(items.length).toBeGreaterThan(10);
  for (const [field, verdict] of [...fields, ...items]) {
    expect([field, verdict]).toEqual([field, expect.stringMatching(/^(honoured|translated|ignored|refused)$/)]);
  }
});
