import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../../src/wire/anthropic-messages/format.ts';
import type { FormatContext, Translated } from '../../../src/wire/format.ts';
import { plainContext } from '../sample-answers.ts';
import { claudeCodeBody } from './claude-code.ts';

const ask = { model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

function translate(body: object, context: Partial<FormatContext> = {}): Translated {
  const full = { ...plainContext, ...context };
  return anthropicMessages.toConverse(anthropicMessages.parse(body, full), full);
}

/** The content blocks that one block of a user turn becomes. */
const blocksOf = (block: object, role = 'user') =>
  translate({ ...ask, messages: [{ role, content: [block] }] }).request.messages[0]?.content;

const changesOf = (body: object) => translate(body).changes.map(({ what }) => what);

test('case 41: a body of Claude Code becomes one Converse request, and each thing that was changed is told', () => {
  const { request, options, changes, stream, model } = translate(claudeCodeBody, {
    header: (name) =>
      name === 'anthropic-beta'
        ? 'claude-code-20250219, interleaved-thinking-2025-05-14,,claude-code-20250219'
        : undefined,
  });
  expect({ stream, model }).toEqual({ stream: true, model: 'claude-opus-5' });
  expect(request).toEqual({
    system: [
      { text: 'You are Claude Code.' },
      { cachePoint: { type: 'default' } },
      { text: 'Answer briefly.' },
      { cachePoint: { type: 'default', ttl: '1h' } },
    ],
    messages: [
      { role: 'user', content: [{ text: '<system-reminder>Today.</system-reminder>' }] },
      { role: 'system', content: [{ text: 'Available agent types: claude.' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: '', signature: 'c2ln' } } },
          { reasoningContent: { redactedContent: 'AQID' } },
          { toolUse: { toolUseId: 'toolu_1', name: 'Read', input: { file_path: '/a.ts' } } },
          { toolUse: { toolUseId: 'toolu_2', name: 'Read', input: { file_path: '/no' } } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            toolResult: {
              toolUseId: 'toolu_1',
              content: [
                { text: 'const a = 1;' },
                { image: { format: 'png', source: { bytes: expect.stringMatching(/^iVBOR/) } } },
              ],
            },
          },
          { cachePoint: { type: 'default' } },
          { toolResult: { toolUseId: 'toolu_2', content: [{ text: 'No such file' }], status: 'error' } },
          { text: 'Go on.' },
          { cachePoint: { type: 'default' } },
        ],
      },
    ],
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: 'Read',
            description: 'Reads a file.',
            inputSchema: { json: claudeCodeBody.tools[0]?.input_schema },
          },
        },
        { cachePoint: { type: 'default' } },
      ],
    },
    inferenceConfig: { maxTokens: 32000 },
    requestMetadata: { device_id: 'b42919', session_id: 'fe79bd85-e0f6' },
  });
  expect(options).toEqual({
    thinking: { type: 'adaptive', display: 'summarized' },
    effort: 'high',
    betas: ['claude-code-20250219', 'interleaved-thinking-2025-05-14'],
  });
  expect(changes.map(({ what }) => what)).toEqual([
    'context_management dropped',
    'tools: eager_input_streaming dropped',
    'billing line dropped',
    'cache_control.scope dropped',
  ]);
});

describe('what is missing or wrong is a 400 that names the field', () => {
  test.each([
    [{ model: 'm', messages: ask.messages }, 'max_tokens', 'max_tokens: Field required'],
    [{ max_tokens: 1, messages: ask.messages }, 'model', 'model: Field required'],
    [{ model: 'm', max_tokens: 1 }, 'messages', 'messages: Field required'],
    [{ ...ask, messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text', 'missing'],
    [{ ...ask, temperature: 'hot' }, 'temperature', 'number'],
    [{ ...ask, tools: [{ name: 'f' }] }, 'tools[0].input_schema', 'Field required'],
    [{ ...ask, tools: [{ input_schema: {} }] }, 'tools[0].name', 'Field required'],
  ])('%j', (body, param, words) => {
    expect(() => translate(body)).toThrow(
      expect.objectContaining({ code: 'invalid_request', facts: expect.objectContaining({ param }) }),
    );
    expect(() => translate(body)).toThrow(words);
  });

  test.each([
    ['http image', { type: 'image', source: { type: 'url', url: 'https://a.example/x.png' } }, 'data URL'],
    ['file image', { type: 'image', source: { type: 'file', file_id: 'f' } }, 'base64'],
    ['server tool', { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }, 'server_tool_use'],
    ['container', { type: 'container_upload', file_id: 'f' }, 'container_upload'],
  ])('%s is refused by name', (_, block, words) => {
    const refused = () => blocksOf(block);
    expect(refused).toThrow(expect.objectContaining({ code: 'unsupported' }));
    try {
      refused();
    } catch (error) {
      expect(error instanceof Error && 'messageWithFix' in error && error.messageWithFix).toContain(words);
    }
  });
});

describe('documents', () => {
  const pdf = Buffer.from('%PDF-1.7 …').toString('base64');

  test('a PDF keeps its title as name, its context and its wish for citations', () => {
    expect(
      blocksOf({
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: pdf },
        title: 'Q3_report.pdf',
        context: 'From finance.',
        citations: { enabled: true },
        cache_control: { type: 'ephemeral' },
      }),
    ).toEqual([
      {
        document: {
          format: 'pdf',
          name: 'Q3 report',
          source: { bytes: pdf },
          context: 'From finance.',
          citations: { enabled: true },
        },
      },
      { cachePoint: { type: 'default' } },
    ]);
  });

  test('plain text and content blocks stay text', () => {
    expect(blocksOf({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'abc' } })).toEqual([
      { document: { format: 'txt', name: 'document', source: { text: 'abc' } } },
    ]);
    const content = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(blocksOf({ type: 'document', source: { type: 'content', content } })).toEqual([
      { document: { format: 'txt', name: 'document', source: { content: [{ text: 'a' }, { text: 'b' }] } } },
    ]);
  });

  test('case 72: two documents of one name get two names', () => {
    const document = { type: 'document', source: { type: 'text', data: 'a' }, title: 'notes.md' };
    const { messages } = translate({ ...ask, messages: [{ role: 'user', content: [document, document] }] }).request;
    expect(messages[0]?.content).toMatchObject([{ document: { name: 'notes' } }, { document: { name: 'notes (2)' } }]);
  });
});

test('search results keep source, title, text and citations', () => {
  const result = { type: 'search_result', source: 'https://a', title: 'A', content: [{ type: 'text', text: 'x' }] };
  const plain = { source: 'https://a', title: 'A', content: [{ text: 'x' }] };
  expect(blocksOf(result)).toEqual([{ searchResult: plain }]);
  expect(blocksOf({ ...result, citations: { enabled: true } })).toEqual([
    { searchResult: { ...plain, citations: { enabled: true } } },
  ]);
});

test('thinking without a signature goes back as plain reasoning, foreign redacted data not at all', () => {
  expect(blocksOf({ type: 'thinking', thinking: 'Hm.' }, 'assistant')).toEqual([
    { reasoningContent: { reasoningText: { text: 'Hm.' } } },
  ]);
  expect(blocksOf({ type: 'redacted_thinking', data: '***' }, 'assistant')).toEqual([]);
});

describe('tools and their choice', () => {
  const tool = { name: 'f', input_schema: { type: 'object' } };

  test.each([
    [{ type: 'auto' }, undefined, {}],
    [{ type: 'auto', disable_parallel_tool_use: true }, undefined, { parallelToolCalls: false }],
    [{ type: 'any', disable_parallel_tool_use: false }, { any: {} }, { parallelToolCalls: true }],
    [{ type: 'tool', name: 'f' }, { tool: { name: 'f' } }, {}],
    [{ type: 'none' }, undefined, { noToolCalls: true }],
  ])('%j', (tool_choice, expected, wishes) => {
    const { request, options } = translate({ ...ask, tools: [tool], tool_choice });
    expect(request.toolConfig?.toolChoice).toEqual(expected);
    expect(options).toEqual(wishes);
  });

  test.each([
    [[], { type: 'any' }],
    [[tool], { type: 'tool', name: 'g' }],
  ])('a choice that cannot be made is refused', (tools, tool_choice) => {
    expect(() => translate({ ...ask, tools, tool_choice })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  test('case 4: an empty list is no toolConfig', () => {
    expect(translate({ ...ask, tools: [] }).request).not.toHaveProperty('toolConfig');
  });

  test('case 34: a dated tool that the client runs is described in full, one of Anthropic’s servers is refused by name', () => {
    const { request, changes } = translate({
      ...ask,
      tools: [
        { type: 'bash_20250124', name: 'bash' },
        { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
        { type: 'memory_20250818', name: 'memory' },
      ],
    });
    expect(request.toolConfig?.tools).toMatchObject([
      { toolSpec: { name: 'bash', inputSchema: { json: { properties: { command: {} } } } } },
      { toolSpec: { name: 'str_replace_based_edit_tool' } },
      { toolSpec: { name: 'memory' } },
    ]);
    expect(changes).toHaveLength(3);
    expect(() => translate({ ...ask, tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toThrow(
      /web_search_20250305/,
    );
  });

  test('a tool reference in a result is shown as text', () => {
    const block = { type: 'tool_result', tool_use_id: 't', content: [{ type: 'tool_reference', tool_name: 'f' }] };
    expect(blocksOf(block)).toMatchObject([{ toolResult: { content: [{ text: 'The tool f is available.' }] } }]);
  });
});

describe('wishes beside the prompt', () => {
  test('sampling, stops, top_k and tier find their places', () => {
    const { request, options } = translate({
      ...ask,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 7,
      stop_sequences: ['END'],
      service_tier: 'standard_only',
    });
    expect(request.inferenceConfig).toEqual({ maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ['END'] });
    expect(request.serviceTier).toEqual({ type: 'default' });
    expect(options).toEqual({ topK: 7 });
    expect(translate({ ...ask, service_tier: 'auto' }).request).not.toHaveProperty('serviceTier');
  });

  test('case 43: a temperature above 1 is lowered, and told', () => {
    expect(changesOf({ ...ask, temperature: 1.5 })).toEqual(['temperature clamped to 1']);
  });

  test.each([
    [
      { type: 'enabled', budget_tokens: 2048 },
      { type: 'enabled', budgetTokens: 2048 },
    ],
    [
      { type: 'adaptive', display: 'omitted' },
      { type: 'adaptive', display: 'omitted' },
    ],
    [{ type: 'disabled' }, { type: 'disabled' }],
    [{ type: 'between_tools' }, { type: 'adaptive' }],
  ])('thinking %j', (thinking, expected) => {
    expect(translate({ ...ask, thinking }).options.thinking).toEqual(expected);
  });

  test('a JSON schema is asked for under both of its names', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const expected = { type: 'json_schema', name: 'output', schema: { type: 'object' }, strict: true };
    expect(translate({ ...ask, output_config: { format } }).options.responseFormat).toEqual(expected);
    expect(translate({ ...ask, output_format: format }).options.responseFormat).toEqual(expected);
  });

  test('a plain user_id stays one pair', () => {
    expect(translate({ ...ask, metadata: { user_id: 'user_1' } }).request.requestMetadata).toEqual({
      user_id: 'user_1',
    });
  });

  test('top-level cache_control marks the end of the prompt', () => {
    const { messages } = translate({ ...ask, cache_control: { type: 'ephemeral' } }).request;
    expect(messages.at(-1)?.content.at(-1)).toEqual({ cachePoint: { type: 'default' } });
  });

  test('unknown fields are dropped and told, refused where the settings are strict, and never quoted unless harmless', () => {
    expect(changesOf({ ...ask, inference_geo: 'us', 'x\r\ninjected': 1, speed: null })).toEqual([
      'inference_geo dropped',
      'an unknown field dropped',
    ]);
    expect(() => translate({ ...ask, container: 'c' }, { strict: true })).toThrow(/'container' cannot be honoured/);
  });
});
