import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import { repairAfter } from '../../src/bedrock/repair.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import type { ConverseRequest, Message } from '../../src/converse/request.ts';
import { callFor, infoOf } from './calls.ts';

/* Each refusal that teaches something: a request that earns it, and what stands in the request afterwards. */

const q: Message = { role: 'user', content: [{ text: 'q' }] };
const a: Message = { role: 'assistant', content: [{ text: 'a' }] };
const tool = { name: 'read', inputSchema: { json: { type: 'object' } } };
const loop: Message[] = [
  q,
  {
    role: 'assistant',
    content: [
      { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'QQ==' } } },
      { toolUse: { toolUseId: '1', name: 'read', input: {} } },
    ],
  },
  { role: 'user', content: [{ toolResult: { toolUseId: '1', status: 'error', content: [{ text: 'no' }] } }] },
];
const looping = { messages: loop, toolConfig: { tools: [{ toolSpec: tool }] } };

type Case = { words: string; family?: string; request: Partial<ConverseRequest>; options?: ModelOptions };

test.each<[string, Case, (sent: ConverseRequest) => unknown, unknown]>([
  [
    'no tools at all',
    { words: "This model doesn't support tool use.", request: looping },
    ({ toolConfig }) => toolConfig,
    undefined,
  ],
  [
    'no system prompt',
    { words: "This model doesn't support system messages.", request: { system: [{ text: 's' }] } },
    ({ system }) => system,
    undefined,
  ],
  [
    'temperature or topP',
    {
      words: 'temperature and top_p cannot both be specified',
      request: { inferenceConfig: { temperature: 1, topP: 1 } },
    },
    ({ inferenceConfig }) => inferenceConfig?.topP,
    undefined,
  ],
  [
    'no status of a tool result',
    { words: "This model doesn't support the toolResult.status field. Remove it.", request: looping },
    ({ messages }) => JSON.stringify(messages).includes('status'),
    false,
  ],
  [
    'no strict tools',
    {
      words: 'tools.0.strict: Extra inputs are not permitted',
      family: 'claude-4.5',
      request: { toolConfig: { tools: [{ toolSpec: { ...tool, strict: true } }] } },
    },
    ({ toolConfig }) => JSON.stringify(toolConfig).includes('strict'),
    false,
  ],
  [
    'no thinking that comes back',
    { words: 'User messages cannot contain reasoning content.', request: looping },
    ({ messages }) => JSON.stringify(messages).includes('reasoningContent'),
    false,
  ],
  [
    'the user speaks last',
    {
      words: 'This model does not support assistant message prefill.',
      family: 'claude-3',
      request: { messages: [q, a] },
    },
    ({ messages }) => messages.at(-1)?.role,
    'user',
  ],
  [
    'the user speaks first',
    { words: 'A conversation must start with a user message.', request: { messages: [a, q] }, family: 'claude-5' },
    ({ messages }) => messages[0]?.role,
    'user',
  ],
  [
    'no thinking budget beside no adaptive thinking',
    {
      words: 'adaptive thinking is not supported on this model',
      request: {},
      options: { thinking: { type: 'adaptive' } },
    },
    ({ additionalModelRequestFields: fields }) => fields?.['thinking'],
    { type: 'enabled', budget_tokens: 8192 },
  ],
  [
    'no blank stop sequence',
    {
      words: 'stop_sequences: each stop sequence must contain non-whitespace',
      family: 'mistral-large-3',
      request: { inferenceConfig: { stopSequences: ['\n', 'END'] } },
    },
    ({ inferenceConfig }) => inferenceConfig?.stopSequences,
    ['END'],
  ],
  [
    'no latency to choose',
    {
      words: 'Latency performance configuration is not supported',
      request: { performanceConfig: { latency: 'optimized' } },
    },
    ({ performanceConfig }) => performanceConfig,
    undefined,
  ],
  [
    'no service tier to choose',
    { words: 'The service tier is not supported for this model', request: { serviceTier: { type: 'flex' } } },
    ({ serviceTier }) => serviceTier,
    undefined,
  ],
])('a refusal teaches: %s', (_, { words, family = 'claude-5', request, options }, look, expected) => {
  const call = callFor(infoOf(family), { messages: [q], ...request }, options);
  const again = repairAfter(new ProxyError('invalid_request', words), call, accommodate(call));
  expect(again?.changes.map(({ what }) => what)).toContain('request repaired');
  expect(again && look(again.request)).toEqual(expected);
});
