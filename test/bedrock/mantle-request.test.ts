import { expect, test } from 'vitest';
import { mantleBody, tellLeftOut } from '../../src/bedrock/mantle-request.ts';
import { takeNotes } from '../../src/converse/notes.ts';
import type { ConverseRequest, ToolChoice } from '../../src/converse/request.ts';

const hello: ConverseRequest['messages'] = [{ role: 'user', content: [{ text: 'Hi' }] }];
const schema = { type: 'object' };
const tools = [
  { toolSpec: { name: 'read', description: 'Reads.', inputSchema: { json: schema }, strict: true } },
  { cachePoint: { type: 'default' as const } },
  { toolSpec: { name: 'bare', inputSchema: { json: schema } } },
];

test('system text, sampling, tier and effort stand in their own fields', () => {
  expect(
    mantleBody('m', {
      messages: hello,
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }, { text: 'Be kind.' }],
      inferenceConfig: { maxTokens: 9, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
      serviceTier: { type: 'flex' },
      additionalModelRequestFields: { reasoning: { effort: 'low' } },
    }),
  ).toEqual({
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: 'Be brief.\n\nBe kind.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ],
    max_completion_tokens: 9,
    temperature: 0.5,
    top_p: 0.9,
    stop: ['END'],
    reasoning_effort: 'low',
    service_tier: 'flex',
  });
  expect(mantleBody('m', { messages: hello, serviceTier: { type: 'reserved' } })).not.toHaveProperty('service_tier');
});

test('what the endpoint has no field for is told', () => {
  const told = (request: Partial<ConverseRequest>) => {
    const { changes, note } = takeNotes();
    tellLeftOut({ messages: hello, ...request }, note);
    return changes.map(({ what }) => what);
  };
  expect(told({ serviceTier: { type: 'reserved' }, performanceConfig: { latency: 'optimized' } })).toEqual([
    'service tier reserved dropped',
    'performanceConfig dropped',
  ]);
  expect(told({ requestMetadata: { team: 'a' } })).toEqual(['requestMetadata dropped']);
  expect(told({ serviceTier: { type: 'flex' } })).toEqual([]);
});

test.each<[ToolChoice | undefined, unknown]>([
  [undefined, undefined],
  [{ auto: {} }, 'auto'],
  [{ any: {} }, 'required'],
  [{ tool: { name: 'read' } }, { type: 'function', function: { name: 'read' } }],
])('tools with the choice %j', (toolChoice, choice) => {
  const body = mantleBody('m', { messages: hello, toolConfig: { tools, ...(toolChoice && { toolChoice }) } });
  expect(body['tools']).toEqual([
    { type: 'function', function: { name: 'read', description: 'Reads.', parameters: schema, strict: true } },
    { type: 'function', function: { name: 'bare', parameters: schema } },
  ]);
  expect(body['tool_choice']).toEqual(choice);
});

test('a tool loop: calls, their results ahead of what the person adds, and a picture', () => {
  const { messages } = mantleBody('m', {
    messages: [
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'Hm.' } } },
          { toolUse: { toolUseId: 'a', name: 'read', input: { at: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [
          { text: 'And this?' },
          { image: { format: 'png', source: { bytes: 'QQ==' } } },
          { toolResult: { toolUseId: 'a', content: [{ text: 'one' }, { json: { two: 2 } }] } },
        ],
      },
      { role: 'system', content: [{ text: 'Now' }, { text: 'hurry.' }] },
    ],
  });
  expect(messages).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{"at":1}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: 'one\n{"two":2}' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'And this?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,QQ==' } },
      ],
    },
    { role: 'system', content: 'Now\nhurry.' },
  ]);
});

test('what only Converse can send is refused, not left out', () => {
  const content = [{ document: { name: 'a', source: { text: 'x' } } }];
  expect(() => mantleBody('m', { messages: [{ role: 'user', content }] })).toThrow(
    expect.objectContaining({ code: 'unsupported', publicMessage: 'This model takes text and images only.' }),
  );
});
