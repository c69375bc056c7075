import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import { repairAfter } from '../../src/bedrock/repair.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import type { ContentBlock, ConverseRequest, Message } from '../../src/converse/request.ts';
import { callFor, infoOf } from './calls.ts';

const q: Message = { role: 'user', content: [{ text: 'q' }] };
const point: ContentBlock = { cachePoint: { type: 'default' } };
const tools = { tools: [{ toolSpec: { name: 'read', inputSchema: { json: { type: 'object' } } } }] };

function repaired(words: string, family: string, request: Partial<ConverseRequest>, options: ModelOptions = {}) {
  const call = callFor(infoOf(family), { messages: [q], ...request }, options);
  return repairAfter(new ProxyError('invalid_request', words), call, accommodate(call));
}

test('case 47: the limit that the refusal names is obeyed', () => {
  const words =
    'The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.';
  const again = repaired(words, 'claude-3', { inferenceConfig: { maxTokens: 30_000 } });
  expect(again?.request.inferenceConfig).toEqual({ maxTokens: 8192 });
  expect(again?.changes.map((change) => change.what)).toEqual(['maxTokens lowered', 'request repaired']);
});

test.each([
  ["This model doesn't support the stopSequences field. Remove stopSequences and try again.", { stopSequences: ['x'] }],
  ["This model doesn't support the temperature field. Remove temperature and try again.", { temperature: 1 }],
  ['`temperature` is deprecated for this model.', { temperature: 1 }],
])('the field that the refusal names is left out: %s', (words, inferenceConfig) => {
  const again = repaired(words, 'other', { inferenceConfig: { ...inferenceConfig, maxTokens: 5 } });
  expect(again?.request.inferenceConfig).toEqual({ maxTokens: 5 });
});

test.each([
  'You invoked an unsupported model or your request did not allow prompt caching. See the documentation.',
  'There is nothing available to cache. Please remove the invalid cache point and try again.',
])('case 75: cache points go when they are refused: %s', (words) => {
  const again = repaired(words, 'claude-5', { messages: [{ role: 'user', content: [{ text: 'q' }, point] }] });
  expect(again?.request.messages).toEqual([q]);
});

test('a schema’s top is bared when it is refused', () => {
  const words =
    'Malformed input request: #/toolConfig/tools/0/toolSpec/inputSchema/json: extraneous key [$schema] is not permitted, please reformat your input and try again.';
  const json = { $schema: 'x', type: 'object', properties: {} };
  const again = repaired(words, 'other', {
    toolConfig: { tools: [{ toolSpec: { name: 'read', inputSchema: { json } } }] },
  });
  expect(again?.request.toolConfig?.tools).toEqual([
    { toolSpec: { name: 'read', inputSchema: { json: { type: 'object', properties: {} } } } },
  ]);
});

test('case 32: tools refused in a stream are asked for whole', () => {
  const again = repaired("This model doesn't support tool use in streaming mode.", 'jamba', { toolConfig: tools });
  expect(again?.streaming).toBe(false);
});

test('case 36: a refused output format becomes a tool', () => {
  const format: ModelOptions = { responseFormat: { type: 'json_schema', name: 'n', schema: { type: 'object' } } };
  const again = repaired('output_config.format: Extra inputs are not permitted', 'claude-4.5', {}, format);
  expect(again?.request.toolConfig?.tools).toHaveLength(1);
  expect(again?.request).not.toHaveProperty('outputConfig');
});

test('case 51: refused thinking budgets become adaptive thinking', () => {
  const words =
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort"';
  const again = repaired(words, 'claude-4.5', {}, { thinking: { type: 'enabled', budgetTokens: 2000 } });
  expect(again?.request.additionalModelRequestFields).toMatchObject({ thinking: { type: 'adaptive' } });
});

test('case 31: a refused tool choice is dropped', () => {
  const words =
    "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.";
  const again = repaired(words, 'claude-5', { toolConfig: { ...tools, toolChoice: { any: {} } } });
  expect(again?.request.toolConfig).toEqual(tools);
});

test('case 55: thoughts that a client lost switch thinking off, or turn the calls of the history into text', () => {
  const words = 'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.';
  const messages: Message[] = [
    q,
    { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 'read', input: {} } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [{ text: 'done' }] } }] },
  ];
  const off = repaired(words, 'claude-5', { messages, toolConfig: tools });
  expect(off?.request.additionalModelRequestFields).toEqual({ thinking: { type: 'disabled' } });
  expect(off?.request.messages).toEqual(messages);
  const told = repaired(words, 'claude-5.5', { messages, toolConfig: tools });
  expect(JSON.stringify(told?.request.messages)).not.toContain('toolUse');
  expect(told?.request.toolConfig).toEqual(tools);
});

test('a refusal that teaches nothing, or nothing new, is not repaired', () => {
  expect(repaired('Something else is wrong.', 'claude-5', {})).toBeUndefined();
  expect(repaired('`temperature` is deprecated for this model.', 'claude-5', {})).toBeUndefined();
  const call = callFor(infoOf('claude-5'), { messages: [q] });
  expect(repairAfter(new Error('exceeds the model limit of 5'), call, accommodate(call))).toBeUndefined();
});

const said: Message[] = [
  q,
  {
    role: 'assistant',
    content: [{ reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } }, { text: 'Hello.' }],
  },
  q,
];
const strange = 'messages.1.content.0: Invalid `signature` in `thinking` block';

test('thoughts that the model does not know for its own go, and it may think on', () => {
  const again = repaired(strange, 'claude-5', { messages: said }, { thinking: { type: 'adaptive' } });
  expect(again?.request.messages).toEqual([q, { role: 'assistant', content: [{ text: 'Hello.' }] }, q]);
  expect(again?.request.additionalModelRequestFields).toMatchObject({ thinking: { type: 'adaptive' } });
  expect(again?.changes.map(({ what }) => what)).toEqual(['earlier reasoning dropped', 'request repaired']);
  const redacted = 'messages.1.content.0: Invalid `data` in `redacted_thinking` block';
  expect(repaired(redacted, 'claude-5', { messages: said })?.request.messages[1]?.content).toEqual([
    { text: 'Hello.' },
  ]);
});

test('in an open tool loop the model would miss them, so it does not think', () => {
  const open: Message[] = [
    q,
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
        { toolUse: { toolUseId: '1', name: 'read', input: {} } },
      ],
    },
    { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [{ text: 'done' }] } }] },
  ];
  const again = repaired(
    strange,
    'claude-5',
    { messages: open, toolConfig: tools },
    { thinking: { type: 'adaptive' } },
  );
  expect(JSON.stringify(again?.request.messages)).not.toContain('reasoningContent');
  expect(again?.request.additionalModelRequestFields).toEqual({ thinking: { type: 'disabled' } });
  const told = repaired(strange, 'claude-5.5', { messages: open, toolConfig: tools });
  expect(JSON.stringify(told?.request.messages)).not.toMatch(/reasoningContent|toolUse/);
});

test.each([
  "This model doesn't support citations. Remove citations and try again.",
  'Citations are not supported for this model.',
])('documents are sent without citations when those are refused: %s', (words) => {
  const document = { format: 'txt' as const, name: 'a', source: { bytes: 'Yg==' } };
  const asked = { document: { ...document, citations: { enabled: true } } };
  const again = repaired(words, 'claude-5', { messages: [{ role: 'user', content: [asked, { text: 'q' }] }] });
  expect(again?.request.messages).toEqual([{ role: 'user', content: [{ document }, { text: 'q' }] }]);
});
