import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ignoredFields } from '../../../src/wire/openai-chat/ignored.ts';

const page = readFileSync('docs/clients/openai-chat.md', 'utf8');
const types = readFileSync('node_modules/openai/resources/chat/completions/completions.d.ts', 'utf8');

/** The fields of the published request, as the official SDK types them. */
function publishedFields(): string[] {
  const start = types.indexOf('export interface ChatCompletionCreateParamsBase');
  const body = types.slice(start, types.indexOf('\n}', start));
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1] ?? '').sort();
}

/** First and second column of the table under a heading. */
function rows(heading: string): [string, string][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| *`(\w+)` *\| *(\w+) *\|/gm)].map((match) => [match[1] ?? '', match[2] ?? '']);
}

test('every field of the published request has its row, and no row names a field that is not published', () => {
  expect(publishedFields().length).toBeGreaterThan(30);
  expect(
    rows('Request fields')
      .map(([field]) => field)
      .sort(),
  ).toEqual(publishedFields());
});

test('the page calls ignored exactly what the code ignores', () => {
  const ignored = rows('Request fields').filter(([, verdict]) => verdict === 'ignored');
  expect(ignored.map(([field]) => field).sort()).toEqual([...ignoredFields.keys()].sort());
});

test('every verdict is one of the four', () => {
  for (const [field, verdict] of [...rows('Request fields'), ...rows('Fields beyond')]) {
    expect([field, verdict]).toEqual([field, expect.stringMatching(/^(honoured|translated|ignored|refused)$/)]);
  }
  expect(rows('Fields beyond').length).toBeGreaterThan(5);
});
