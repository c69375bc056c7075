import { expect, test } from 'vitest';
import { changesOf, hello, refusal, translate } from './chat.ts';

const converse = (messages: unknown[], body: Record<string, unknown> = {}) => translate({ messages, ...body }).request;
const call = (id: string, name: string, args: unknown) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

test('case 1: results of one round, and what is said upon them, are one turn, in the order they were sent', () => {
  const { messages } = converse([
    ...hello,
    { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{}'), call('b', 'f', '{}')] },
    { role: 'tool', tool_call_id: 'b', content: 'two' },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'one' }] },
    { role: 'user', content: 'go on' },
    { role: 'user', content: 'please' },
  ]);
  expect(messages.slice(2)).toEqual([
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'b', content: [{ text: 'two' }] } },
        { toolResult: { toolUseId: 'a', content: [{ text: 'one' }] } },
        { text: 'go on' },
      ],
    },
    { role: 'user', content: [{ text: 'please' }] },
  ]);
});

test('case 11: content null beside tool calls makes no text block and loses no message', () => {
  const { messages } = converse([
    ...hello,
    { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{"x":1}')] },
  ]);
  expect(messages[1]).toEqual({
    role: 'assistant',
    content: [{ toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } }],
  });
});

test('case 13: leading system and developer messages are all kept; later ones keep their place and role', () => {
  const messages = [
    { role: 'system', content: 'one' },
    { role: 'developer', content: 'two' },
    { role: 'user', content: 'hi' },
    { role: 'system', content: 'three' },
  ];
  const { request, changes } = translate({ messages });
  expect(request.system).toEqual([{ text: 'one' }, { text: 'two' }]);
  expect(request.messages.at(-1)).toEqual({ role: 'system', content: [{ text: 'three' }] });
  expect(changes).toEqual([]);
});

test('case 14: system parts with cache_control become blocks, each with its cache point', () => {
  const system = [
    { type: 'text', text: 'one', cache_control: { type: 'ephemeral' } },
    { type: 'text', text: 'two', cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' } },
  ];
  expect(converse([{ role: 'system', content: system }, ...hello]).system).toEqual([
    { text: 'one' },
    { cachePoint: { type: 'default' } },
    { text: 'two' },
    { cachePoint: { type: 'default', ttl: '1h' } },
  ]);
});

test('an image in a leading system message is not lost: it opens the conversation', () => {
  const gif = Buffer.from('GIF89a\u0001\u0000\u0001\u0000').toString('base64');
  const content = [
    { type: 'text', text: 'Look.' },
    { type: 'image_url', image_url: { url: `data:image/gif;base64,${gif}` } },
  ];
  const request = converse([{ role: 'system', content }, ...hello]);
  expect(request.system).toEqual([{ text: 'Look.' }]);
  expect(request.messages[0]?.content).toEqual([{ image: { format: 'gif', source: { bytes: gif } } }]);
});

test('case 16: foreign fields on messages are neither refused nor passed on', () => {
  const foreign = {
    refusal: null,
    audio: null,
    annotations: [],
    thinking_blocks: null,
    reasoning_details: null,
    index: 3,
  };
  const { request, changes } = translate({
    messages: [
      { role: 'user', name: 'ann', content: 'hi' },
      { role: 'assistant', content: 'yo', tool_calls: [], ...foreign },
    ],
  });
  expect(request.messages).toEqual([
    { role: 'user', content: [{ text: 'hi' }] },
    { role: 'assistant', content: [{ text: 'yo' }] },
  ]);
  expect(changes.map(({ what }) => what)).toEqual(['message names dropped']);
});

test('case 17: unknown body keys reach neither the request nor the options', () => {
  const plain = translate({});
  expect(translate({ extra_body: { a: 1 }, guardrails: ['x'], mode: 'fast', drop_params: true })).toEqual(plain);
});

test('case 23: blank or null arguments are an empty object', () => {
  const calls = [call('a', 'f', ''), call('b', 'f', null), call('c', 'f', undefined), call('d', 'f', { x: 1 })];
  const { messages } = converse([...hello, { role: 'assistant', tool_calls: calls }]);
  const inputs = messages[1]?.content.map((block) => ('toolUse' in block ? block.toolUse.input : undefined));
  expect(inputs).toEqual([{}, {}, {}, { x: 1 }]);
});

test('case 23: arguments that are no JSON object are kept whole', () => {
  const calls = [call('a', 'f', '{"x": 1'), call('b', 'f', '[1]'), call('c', 'ApplyPatch', '*** Begin Patch')];
  const { messages } = converse([...hello, { role: 'assistant', tool_calls: calls }]);
  const inputs = messages[1]?.content.map((block) => ('toolUse' in block ? block.toolUse.input : undefined));
  expect(inputs).toEqual([{ input: '{"x": 1' }, { input: '[1]' }, { input: '*** Begin Patch' }]);
});

test('an id of 19 digits in earlier arguments reaches Bedrock as it is, and is no other record’s', () => {
  const { messages } = converse([
    ...hello,
    { role: 'assistant', tool_calls: [call('a', 'f', '{"channel":1234567890123456789}')] },
  ]);
  expect(JSON.stringify(messages[1])).toContain('"input":{"channel":1234567890123456789}');
});

test('case 25: results stay text, also when they look like JSON', () => {
  const { messages } = converse([...hello, { role: 'tool', tool_call_id: 'a', content: '[1,{"__type":"x"}]' }]);
  expect(messages[1]?.content).toEqual([{ toolResult: { toolUseId: 'a', content: [{ text: '[1,{"__type":"x"}]' }] } }]);
});

test('case 37: role function and function_call pair up in order', () => {
  const { messages } = converse([
    ...hello,
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"x":1}' } },
    { role: 'function', name: 'f', content: 'ok' },
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
    { role: 'function', name: 'f', content: 'ok again' },
  ]);
  expect(messages.slice(1).flatMap(({ content }) => content)).toEqual([
    { toolUse: { toolUseId: 'function_call_1', name: 'f', input: { x: 1 } } },
    { toolResult: { toolUseId: 'function_call_1', content: [{ text: 'ok' }] } },
    { toolUse: { toolUseId: 'function_call_2', name: 'f', input: {} } },
    { toolResult: { toolUseId: 'function_call_2', content: [{ text: 'ok again' }] } },
  ]);
});

test("case 37: Anthropic's blocks inside chat messages are read, and not twice", () => {
  const { messages } = converse([
    ...hello,
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
        { type: 'text', text: 'ok' },
        { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      ],
      tool_calls: [call('a', 'f', '{"x":1}')],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', is_error: true, content: [{ type: 'text', text: 'no' }] },
        { type: 'tool_result', tool_use_id: 'b' },
        { type: 'text', text: 'go on', cache_control: { type: 'ephemeral', ttl: '5m' } },
      ],
    },
  ]);
  expect(messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
        { text: 'ok' },
        { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'a', content: [{ text: 'no' }], status: 'error' } },
        { toolResult: { toolUseId: 'b', content: [] } },
        { text: 'go on' },
        { cachePoint: { type: 'default', ttl: '5m' } },
      ],
    },
  ]);
});

test('case 77: a cache point inside a tool result stands behind it', () => {
  const content = [{ type: 'text', text: 'ok', cache_control: { type: 'ephemeral' } }];
  expect(converse([...hello, { role: 'tool', tool_call_id: 'a', content }]).messages[1]?.content).toEqual([
    { toolResult: { toolUseId: 'a', content: [{ text: 'ok' }] } },
    { cachePoint: { type: 'default' } },
  ]);
});

test('a refusal of an earlier turn stays in the conversation', () => {
  expect(
    converse([...hello, { role: 'assistant', content: null, refusal: 'I will not.' }]).messages[1]?.content,
  ).toEqual([{ text: 'I will not.' }]);
  expect(
    converse([...hello, { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }]).messages[1]?.content,
  ).toEqual([{ text: 'No.' }]);
});

test("VS Code's copilot_cache_control on a message becomes a cache point", () => {
  const marked = { role: 'user', content: 'hi', copilot_cache_control: { type: 'ephemeral' } };
  expect(converse([marked]).messages[0]?.content).toEqual([{ text: 'hi' }, { cachePoint: { type: 'default' } }]);
});

test('wrong messages are refused with their place and what would be right', () => {
  const place = (messages: unknown) => {
    const { code, facts, publicMessage } = refusal({ messages });
    expect(code).toBe('invalid_request');
    expect(publicMessage.length).toBeGreaterThan(20);
    return facts.param;
  };
  expect(place([])).toBe('messages');
  expect(place('hi')).toBe('messages');
  expect(place([{ role: 'robot', content: 'x' }])).toBe('messages[0].role');
  expect(place([{ role: 'user', content: 5 }])).toBe('messages[0].content');
  expect(place([...hello, { role: 'tool', content: 'x' }])).toBe('messages[1].tool_call_id');
  expect(place([{ role: 'user', content: [{ type: 'text' }] }])).toBe('messages[0].content[0].text');
  expect(place([{ role: 'user', content: [{ type: 'hologram' }] }])).toBe('messages[0].content[0].type');
  expect(place([{ role: 'user', content: [{ type: 'image_url' }] }])).toBe('messages[0].content[0].image_url.url');
  expect(place([{ role: 'user', content: [{ type: 'image_url', image_url: { url: 5 } }] }])).toBe(
    'messages[0].content[0].image_url.url',
  );
  expect(place([{ role: 'assistant', tool_calls: [{ id: 'a' }] }])).toBe('messages[0].tool_calls[0]');
});

test('an unknown part that carries text is worth its text', () => {
  expect(converse([{ role: 'user', content: [{ type: 'note', text: 'keep me' }] }]).messages[0]?.content).toEqual([
    { text: 'keep me' },
  ]);
  expect(changesOf({ messages: [{ role: 'user', content: 'x' }] })).toEqual([]);
});
