import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { anthropicMessages } from '../../../src/wire/anthropic-messages/format.ts';
import { nativeFeatures } from '../../../src/wire/anthropic-messages/native-features.ts';
import { knownFields } from '../../../src/wire/anthropic-messages/schema.ts';
import { pageRows, publishedFields } from '../field-page.ts';
import { plainContext } from '../sample-answers.ts';

const page = readFileSync('docs/clients/anthropic-messages.md', 'utf8');
const rows = pageRows(page, 'Request fields');
const beta = pageRows(page, 'Beta fields');

test('every field of the published request has its row, and no row names a field that is not published', () => {
  const published = publishedFields('@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCreateParamsBase');
  expect(published.length).toBeGreaterThan(15);
  expect(rows.map(([field]) => field).sort()).toEqual(published);
});

test('every field of the beta API has its row', () => {
  const published = publishedFields(
    '@anthropic-ai/sdk/resources/beta/messages/messages.d.ts',
    'MessageCreateParamsBase',
  );
  const named = new Set([...rows, ...beta].map(([field]) => field));
  expect(published.filter((field) => !named.has(field))).toEqual([]);
});

test('the page calls ignored exactly what the code drops and tells', () => {
  for (const [field, verdict] of [...rows, ...beta]) {
    expect([field, verdict]).toEqual([field, expect.stringMatching(/^(honoured|translated|ignored|refused)$/)]);
    expect([field, knownFields.has(field)]).toEqual([field, verdict !== 'ignored']);
  }
  const ignored = beta.filter(([, verdict]) => verdict === 'ignored').map(([field]) => [field, { x: 1 }]);
  const body = {
    model: 'm',
    max_tokens: 1,
    messages: [{ role: 'user', content: 'x' }],
    ...Object.fromEntries(ignored),
  };
  const { changes } = anthropicMessages.toConverse(anthropicMessages.parse(body, plainContext), plainContext);
  expect(changes.map(({ what }) => what).sort()).toEqual(ignored.map(([field]) => `${String(field)} dropped`).sort());
});

test('the table of the native lane is the code’s own', () => {
  const told = [...page.matchAll(/^\| ([^|]+?) +\| `([^`]+)` +\| (native|refused) +\|$/gm)].map(
    ([, name, shown, lane]) => ({ name, shown, lane }),
  );
  expect(told).toEqual(nativeFeatures.map(({ name, shown, lane }) => ({ name, shown, lane })));
});
