import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { fitNative } from '../../src/bedrock/fit-native.ts';
import { capabilitiesOf } from '../../src/bedrock/models.ts';
import type { ModelInfo } from '../../src/converse/model.ts';

const infoOf = (family: string, id: string, maxOutputTokens = 64_000): ModelInfo => ({
  id,
  name: id,
  provider: 'anthropic',
  family,
  aliases: [],
  maxOutputTokens,
  capabilities: capabilitiesOf(family, id),
});
const sonnet45 = infoOf('claude-4.5', 'anthropic.claude-sonnet-4-5-20250929-v1:0');
const opus46 = infoOf('claude-4.6', 'anthropic.claude-opus-4-6-v1');
const opus48 = infoOf('claude-4.8', 'anthropic.claude-opus-4-8');
const opus55 = infoOf('claude-5.5', 'anthropic.claude-opus-5-5');

const fittedTo = (body: JsonObject, info: ModelInfo) => {
  const fitted = fitNative({ max_tokens: 4096, ...body }, info);
  return { ...fitted.body, changes: fitted.changes.map(({ what }) => what) };
};

test('a body that the model takes is the same object, and nothing is said', () => {
  const body = { max_tokens: 4096, thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } };
  const fitted = fitNative(body, opus48);
  expect(fitted.body).toBe(body);
  expect(fitted.changes).toEqual([]);
});

test('case 44: a model without sampling gets none', () => {
  expect(fittedTo({ temperature: 1, top_p: 0.9, top_k: 5 }, opus48)).toEqual({
    max_tokens: 4096,
    changes: ['temperature dropped', 'top_p dropped', 'top_k dropped'],
  });
});

test('cases 42 and 45: one of temperature and top_p, and with thinking on only what it allows', () => {
  expect(fittedTo({ temperature: 0.5, top_p: 0.9 }, sonnet45)).toMatchObject({
    temperature: 0.5,
    changes: ['top_p dropped'],
  });
  const thinking = { type: 'enabled', budget_tokens: 2048 };
  expect(fittedTo({ temperature: 0.5, top_p: 0.96, thinking }, sonnet45)).toEqual({
    max_tokens: 4096,
    top_p: 0.96,
    thinking,
    changes: ['temperature dropped'],
  });
});

test('case 51: thinking goes in the mode that the model has', () => {
  expect(fittedTo({ thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' } }, opus48)).toMatchObject({
    thinking: { type: 'adaptive', display: 'omitted' },
  });
  expect(fittedTo({ thinking: { type: 'adaptive' } }, sonnet45)).toMatchObject({
    thinking: { type: 'enabled', budget_tokens: 4095 },
  });
  expect(fittedTo({ thinking: { type: 'disabled' } }, opus55)).toEqual({
    max_tokens: 4096,
    changes: ['thinking dropped'],
  });
});

test('case 50: a budget stays below max_tokens, or thinking is left out', () => {
  const thinking = { type: 'enabled', budget_tokens: 32_000 };
  expect(fittedTo({ thinking }, sonnet45)).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 4095 } });
  expect(fittedTo({ thinking, max_tokens: 1000 }, sonnet45)).toEqual({
    max_tokens: 1000,
    changes: ['thinking dropped'],
  });
});

test('case 52: effort is the nearest level, and none at all where the model has no levels', () => {
  expect(fittedTo({ output_config: { effort: 'xhigh' } }, opus46)).toMatchObject({ output_config: { effort: 'high' } });
  const format = { type: 'json_schema' };
  expect(fittedTo({ output_config: { effort: 'high', format } }, sonnet45)).toMatchObject({
    output_config: { format },
  });
  expect(fittedTo({ output_config: { effort: 'high' } }, sonnet45)).toEqual({
    max_tokens: 4096,
    changes: ['effort dropped'],
  });
});

test('case 28: a blank description of a tool is left out', () => {
  const tool = { name: 'City', input_schema: { type: 'object' } };
  const fitted = fittedTo(
    {
      tools: [
        { ...tool, description: '' },
        { ...tool, name: 'Town', description: 'A town.' },
      ],
    },
    opus48,
  );
  expect(fitted).toMatchObject({ changes: ['blank tool description dropped'] });
  expect(fitted).toHaveProperty('tools', [tool, { ...tool, name: 'Town', description: 'A town.' }]);
});

test('case 47: max_tokens is at most what the model gives', () => {
  expect(fittedTo({ max_tokens: 100_000 }, sonnet45)).toEqual({ max_tokens: 64_000, changes: ['maxTokens lowered'] });
});

const user = (content: string | JsonObject[]) => ({ role: 'user', content });
const words = (text: string) => ({ type: 'text', text });

test('case 9: blank text goes, its cache mark to the block before it, and a message of nothing else goes whole', () => {
  const mark = { type: 'ephemeral' };
  const called = { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'read', input: {} }] };
  const fitted = fittedTo(
    {
      system: [words('Be brief.'), { ...words(' '), cache_control: mark }],
      messages: [
        user('Read it.'),
        called,
        user([words('Hi'), { ...words(''), cache_control: mark }]),
        { role: 'assistant', content: ' ' },
        user([{ type: 'tool_result', tool_use_id: 't', content: [words(''), words('ok')] }]),
      ],
    },
    sonnet45,
  );
  expect(fitted).toMatchObject({
    system: [{ ...words('Be brief.'), cache_control: mark }],
    messages: [
      user([words('Read it.')]),
      called,
      user([
        { type: 'tool_result', tool_use_id: 't', content: [words('ok')] },
        { ...words('Hi'), cache_control: mark },
      ]),
    ],
    changes: ['blank system text dropped', 'blank text dropped'],
  });
});

test('a conversation of blanks and system turns alone gets a first turn', () => {
  const fitted = fittedTo({ messages: [{ role: 'system', content: 'Be brief.' }, user(' ')] }, sonnet45);
  expect(fitted).toMatchObject({
    system: [words('Be brief.')],
    messages: [user([words('Begin.')])],
    changes: ['blank text dropped', 'opening turn added'],
  });
});

test('case 10: blank text beside thinking stays as it was signed', () => {
  const thinking = { type: 'thinking', thinking: '', signature: 'c2ln' };
  const messages = [user('Hi'), { role: 'assistant', content: [thinking, words('')] }, user('Go on.')];
  expect(fittedTo({ messages }, sonnet45)).toMatchObject({ messages, changes: [] });
});

test('case 13: system turns go where the model knows the role, the leading ones to the system prompt', () => {
  const call = { type: 'tool_use', id: 't', name: 'f', input: {} };
  const result = { type: 'tool_result', tool_use_id: 't', content: 'ok' };
  const system = (content: string) => ({ role: 'system', content });
  const messages = [
    system('First.'),
    user('Hi'),
    { role: 'assistant', content: [call] },
    system('Mind the time.'),
    user([result]),
    system('Be brief.'),
  ];
  const old = fittedTo({ system: 'Zeroth.', messages }, sonnet45);
  expect(old).toMatchObject({
    system: [words('Zeroth.'), words('First.')],
    messages: [
      user([words('Hi')]),
      { role: 'assistant', content: [call] },
      user([result, words('<system>\nMind the time.\n</system>'), words('<system>\nBe brief.\n</system>')]),
    ],
    changes: ['system message moved into a user turn'],
  });
  // Between a call and its result even a model that knows the role takes none.
  const able = fittedTo({ messages: messages.slice(1) }, opus48);
  expect(able).toMatchObject({
    messages: [
      { role: 'user' },
      { role: 'assistant' },
      { role: 'user', content: [result, words('<system>\nMind the time.\n</system>')] },
      { role: 'system' },
    ],
  });
});

const call = (id: string): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'read',
  input: { id },
  cache_control: { type: 'ephemeral' },
});
const result = (id: string): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: [{ type: 'image', source: {} }],
});
const said = (text: string): JsonObject => ({ type: 'text', text });
const ask: JsonObject = { role: 'user', content: 'Read it.' };
const answering = (...content: JsonObject[]): JsonObject => ({ role: 'assistant', content });
const asking = (...content: JsonObject[]): JsonObject => ({ role: 'user', content });

const pairedIn = (messages: JsonObject[]) => {
  const { body, changes } = fitNative({ max_tokens: 9, messages }, opus48);
  return { messages: body['messages'], changes: changes.map(({ what }) => what) };
};

test('case 2: a call without its result gets one that says so, each other block stays as it came', () => {
  const thought = { type: 'thinking', thinking: 't', signature: 's' };
  const searched = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'tool_search_tool_regex', input: {} };
  const fitted = pairedIn([
    ask,
    answering(thought, searched, call('a'), call('b')),
    asking(said('Stop.'), result('b')),
  ]);
  const missing = {
    type: 'tool_result',
    is_error: true,
    content: [said('(no result: interrupted)')],
    tool_use_id: 'a',
  };
  expect(fitted.messages).toEqual([
    asking(said('Read it.')),
    answering(thought, searched, call('a'), call('b')),
    asking(missing, result('b'), said('Stop.')),
  ]);
  expect(fitted.changes).toEqual(['missing tool result added']);
});

test('case 2: a result without its call becomes text, one that came late or twice goes to its call', () => {
  const stray = { type: 'tool_result', tool_use_id: 'gone', content: 'old words' };
  const fitted = pairedIn([
    asking(stray, said('Hi')),
    answering(call('a')),
    asking(said('Wait.')),
    answering(said('Yes?')),
    asking(result('a')),
  ]);
  expect(fitted.messages).toEqual([
    asking(said('[tool result] old words'), said('Hi')),
    answering(call('a')),
    asking(result('a'), said('Wait.')),
    answering(said('Yes?')),
  ]);
  expect(fitted.changes).toContain('stray tool result turned into text');
});

test('calls that end the conversation get their results, and a conversation in order is the same object', () => {
  expect(pairedIn([ask, answering(call('a'))]).messages).toHaveLength(3);
  const body = {
    max_tokens: 9,
    messages: [ask, answering(call('a'), call('b')), asking(result('b')), asking(result('a'))],
  };
  expect(fitNative(body, opus48).body).toBe(body);
});
