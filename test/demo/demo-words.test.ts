import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faultAskedFor } from '../../src/demo/demo-words.ts';
import { plainModel, post, said, simulator } from './simulator-client.ts';

/** The words of the table in docs/demo.md. */
const told = [...readFileSync('docs/demo.md', 'utf8').matchAll(/^\| `demo:([a-z-]+)`/gm)].map(([, word = '']) => word);

test('a word alone in the message gives its fault, also in the tags that Cursor puts round it', async () => {
  const target = await simulator();
  const ask = (text: string) => post(target, plainModel, said(text), 'converse-stream');
  expect(await ask('demo:throttle')).toMatchObject({ status: 429, type: 'ThrottlingException' });
  expect((await ask('<user_query>\ndemo:too-long\n</user_query>')).json.message).toBe(
    'Input is too long for requested model.',
  );
  expect((await ask('what does demo:throttle do?')).status).toBe(200);
  expect((await ask('demo:constructor')).text).toContain('messageStop');
  expect((await ask('demo:error-mid-stream')).text).toContain('modelStreamErrorException');
  expect((await ask('demo:guardrail')).text).toContain('guardrail_intervened');
  expect((await ask('demo:cut-mid-stream')).text).not.toContain('messageStop');
});

test('the reminder that Claude Code puts beside what was typed does not hide the word', async () => {
  const reminder = { text: '<system-reminder>\nToday is Sunday.\n</system-reminder>\n' };
  const messages = [{ role: 'user', content: [reminder, { text: 'demo:throttle' }] }];
  expect(await post(await simulator(), plainModel, { messages }, 'converse-stream')).toMatchObject({ status: 429 });
});

test('every fault either fails at once or sends something', async () => {
  const target = await simulator();
  const quick = told.filter((word) => !['slow', 'silence', 'reset-mid-stream'].includes(word));
  expect(quick.length).toBeGreaterThan(8);
  for (const word of quick) {
    const answer = await post(target, plainModel, said(`demo:${word}`), 'converse-stream');
    expect(answer.status >= 400 || answer.text.length > 0).toBe(true);
  }
});

test('after HTTP 200 there is no status, so Converse turns a frame’s exception into one', async () => {
  const answer = await post(await simulator(), plainModel, said('demo:throttle-mid-stream'));
  expect(answer).toMatchObject({ status: 429, type: 'ThrottlingException' });
});

test('every word that docs/demo.md tells gives a fault', () => {
  const empty = { system: [], inferenceConfig: {}, additionalModelRequestFields: {} };
  const asking = (word: string) =>
    faultAskedFor({ ...empty, messages: [{ role: 'user', content: [{ text: `demo:${word}` }] }] }, []);
  expect(told.length).toBeGreaterThan(14);
  expect(told.filter((word) => asking(word) === undefined)).toEqual([]);
  expect(asking('nothing')).toBeUndefined();
});
