import { describe, expect, test } from 'vitest';
import type { FormatContext, Translated } from '../../../src/wire/format.ts';
import { openaiResponses } from '../../../src/wire/openai-responses/format.ts';
import { plainContext } from '../sample-answers.ts';
import { codexBody } from './codex.ts';

function translate(body: object, context: Partial<FormatContext> = {}): Translated {
  const full = { ...plainContext, ...context };
  return openaiResponses.toConverse(openaiResponses.parse(body, full), full);
}

const ask = { model: 'm', input: 'Hi' };
const changesOf = (body: object) => translate(body).changes.map(({ what }) => what);
const messagesOf = (...input: object[]) => translate({ model: 'm', input }).request.messages;

test('a body of Codex becomes one Converse request, and each thing that was changed is told', () => {
  const { request, options, changes, stream } = translate(codexBody);
  expect(stream).toBe(true);
  expect(request).toEqual({
    system: [{ text: 'You are Codex, a coding agent.' }, { text: '<permissions>all</permissions>' }],
    messages: [
      { role: 'user', content: [{ text: 'Fix the typo in a.ts.' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'Look first.', signature: 'c2ln' } } },
          { text: 'I look at the file.' },
          { toolUse: { toolUseId: 'tooluse_1', name: 'shell', input: { command: ['cat', 'a.ts'] } } },
          { toolUse: { toolUseId: 'tooluse_2', name: 'mcp__files__read', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'tooluse_1', content: [{ text: 'const teh = 1;' }] } },
          { toolResult: { toolUseId: 'tooluse_2', content: [{ text: 'ok' }] } },
        ],
      },
      {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 'tooluse_3', name: 'apply_patch', input: { input: '*** Begin Patch\n' } } }],
      },
      { role: 'user', content: [{ toolResult: { toolUseId: 'tooluse_3', content: [{ text: 'bad patch' }] } }] },
    ],
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: 'shell',
            description: 'Runs a command.',
            inputSchema: { json: expect.objectContaining({ required: ['command'] }) },
          },
        },
        {
          toolSpec: {
            name: 'apply_patch',
            description: expect.stringMatching(/^Edits files\.[\s\S]*lark grammar:\nstart: /),
            inputSchema: { json: expect.objectContaining({ required: ['input'] }) },
          },
        },
        { toolSpec: { name: 'mcp__files__read', inputSchema: { json: { type: 'object', properties: {} } } } },
        { toolSpec: expect.objectContaining({ name: 'tool_search', description: 'Searches for tools.' }) },
      ],
    },
  });
  expect(options).toEqual({ parallelToolCalls: true, effort: 'medium' });
  expect(changes.map(({ what }) => what)).toEqual([
    'prompt_cache_key ignored',
    'tool web_search dropped',
    'grammar described, not enforced',
  ]);
});

describe('input items', () => {
  const user = { role: 'user', content: 'x' };

  test('a plain string is one user message', () => {
    expect(translate(ask).request.messages).toEqual([{ role: 'user', content: [{ text: 'Hi' }] }]);
  });

  test('case 13: leading developer messages are system, later ones keep their place and role', () => {
    const input = [{ role: 'developer', content: 'a' }, user, { role: 'system', content: 'b' }];
    expect(translate({ model: 'm', instructions: 'i', input }).request).toMatchObject({
      system: [{ text: 'i' }, { text: 'a' }],
      messages: [
        { role: 'user', content: [{ text: 'x' }] },
        { role: 'system', content: [{ text: 'b' }] },
      ],
    });
  });

  test('images and files of a message and of a result become blocks', () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const image = { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${png}` };
    const file = { type: 'input_file', filename: 'a.pdf', file_data: Buffer.from('%PDF-1.7').toString('base64') };
    expect(
      messagesOf(
        { role: 'user', content: [image, file] },
        { type: 'function_call_output', call_id: 'c', output: [image] },
      ),
    ).toMatchObject([
      {
        content: [
          { image: { format: 'png' } },
          { document: { format: 'pdf', name: 'a' } },
          { toolResult: { toolUseId: 'c', content: [{ image: { format: 'png' } }] } },
        ],
      },
    ]);
    expect(() => messagesOf({ role: 'user', content: [{ ...image, image_url: 'https://a.example/x.png' }] })).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ param: 'input[0].content[0].image_url' }) }),
    );
  });

  test('local shell, shell and apply_patch items are calls and results', () => {
    const action = { type: 'exec', command: ['ls'], env: {} };
    expect(
      messagesOf(
        user,
        { type: 'local_shell_call', id: 'l', call_id: 'c1', action, status: 'completed' },
        { type: 'shell_call', call_id: 'c2', action: { commands: ['ls'] } },
        { type: 'apply_patch_call', call_id: 'c3', operation: { type: 'delete_file', path: 'a' }, status: 'completed' },
        { type: 'local_shell_call_output', id: 'c1', output: 'a.ts' },
        { type: 'shell_call_output', call_id: 'c2', output: [{ stdout: 'a.ts' }] },
        { type: 'apply_patch_call_output', call_id: 'c3', status: 'completed' },
      ).slice(1),
    ).toMatchObject([
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: 'c1', name: 'local_shell', input: action } },
          { toolUse: { toolUseId: 'c2', name: 'shell' } },
          { toolUse: { toolUseId: 'c3', name: 'apply_patch' } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'c1', content: [{ text: 'a.ts' }] } },
          { toolResult: { toolUseId: 'c2', content: [{ text: '[{"stdout":"a.ts"}]' }] } },
          { toolResult: { toolUseId: 'c3' } },
        ],
      },
    ]);
  });

  test('tools that an item adds are tools of the request', () => {
    const tool = { type: 'function', name: 'late', parameters: null, strict: null };
    const { toolConfig } = translate({
      model: 'm',
      input: [{ type: 'additional_tools', role: 'developer', tools: [tool] }, user],
    }).request;
    expect(toolConfig?.tools).toMatchObject([{ toolSpec: { name: 'late' } }]);
  });

  test('items of hosted tools and of unknown kinds are left out and told, refused where the settings are strict', () => {
    const input = [user, { type: 'web_search_call', id: 'ws', status: 'completed' }, { type: 'Über-item' }];
    expect(changesOf({ model: 'm', input })).toEqual([
      'input item web_search_call dropped',
      'input item of an unknown type dropped',
    ]);
    expect(() => translate({ model: 'm', input }, { strict: true })).toThrow(/input\[1\]/);
  });

  test('cases 55 and 58: reasoning without our seal does not go back, and that is told', () => {
    const foreign = { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAAAABforeign' };
    const bare = { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'Hm.' }] };
    expect(messagesOf(user, foreign, bare)).toHaveLength(1);
    expect(changesOf({ model: 'm', input: [user, foreign, bare] })).toEqual([
      'foreign reasoning dropped',
      'unsigned reasoning dropped',
    ]);
  });

  test('case 105: an earlier response or item that nobody has is not found, with a code of its own', () => {
    const missing = () => translate({ ...ask, previous_response_id: 'resp_x' });
    expect(missing).toThrow(expect.objectContaining({ code: 'not_found' }));
    try {
      missing();
    } catch (error) {
      expect(openaiResponses.toError(error as never, { flavour: 'plain' })).toMatchObject({
        status: 400,
        body: { error: { code: 'previous_response_not_found', param: 'previous_response_id' } },
      });
    }
    expect(() => messagesOf({ id: 'msg_other_0' })).toThrow(/Item with id 'msg_other_0' not found/);
  });
});

describe('tools and their choice', () => {
  const f = { type: 'function', name: 'f', parameters: null, strict: true };
  const g = { type: 'function', name: 'g' };

  test.each([
    ['auto', undefined, {}],
    ['none', undefined, { noToolCalls: true }],
    ['required', { any: {} }, {}],
    [{ type: 'function', name: 'g' }, { tool: { name: 'g' } }, {}],
    [{ type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] }, { any: {} }, {}],
  ])('%j', (tool_choice, expected, wishes) => {
    const { request, options } = translate({ ...ask, tools: [f, g], tool_choice });
    expect(request.toolConfig?.toolChoice).toEqual(expected);
    expect(options).toEqual(wishes);
  });

  test('allowed tools alone are offered', () => {
    const tool_choice = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] };
    const { toolConfig } = translate({ ...ask, tools: [f, g], tool_choice }).request;
    expect(toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: {} } }, strict: true } }],
    });
  });

  test.each([
    [{ type: 'web_search_preview' }, 'unsupported'],
    [{ type: 'function', name: 'h' }, 'invalid_request'],
    [{ type: 'function' }, 'invalid_request'],
    ['required', 'invalid_request'],
  ])('a choice that cannot be made is refused: %j', (tool_choice, code) => {
    const tools = tool_choice === 'required' ? [{ type: 'web_search' }] : [f];
    expect(() => translate({ ...ask, tools, tool_choice })).toThrow(expect.objectContaining({ code }));
  });

  test('hosted tools are refused by name where the settings are strict', () => {
    expect(() => translate({ ...ask, tools: [{ type: 'file_search' }] }, { strict: true })).toThrow(/tools\[0\]/);
  });
});

describe('wishes beside the input', () => {
  test('limits, sampling, format, metadata and tier find their places', () => {
    const { request, options } = translate({
      ...ask,
      max_output_tokens: 64,
      temperature: 2,
      top_p: 0.5,
      metadata: { team: 'a' },
      user: 'u1',
      service_tier: 'flex',
      text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object', properties: {} }, strict: true } },
    });
    expect(request).toMatchObject({
      inferenceConfig: { maxTokens: 64, temperature: 1, topP: 0.5 },
      requestMetadata: { team: 'a', user: 'u1' },
      serviceTier: { type: 'flex' },
    });
    expect(options.responseFormat).toEqual({
      type: 'json_schema',
      name: 'n',
      schema: { type: 'object', properties: {} },
      strict: true,
    });
    expect(translate({ ...ask, text: { format: { type: 'json_object' } } }).options.responseFormat).toEqual({
      type: 'json_object',
    });
  });

  test('calls and outputs without call_id are paired by their order, and told', () => {
    const input = [
      { type: 'function_call', name: 'f', arguments: '{}' },
      { type: 'function_call', name: 'g', arguments: '{}', call_id: 'b' },
      { type: 'function_call_output', call_id: 'b', output: 'of g' },
      { type: 'function_call_output', output: 'of f' },
    ];
    const { messages } = translate({ model: 'm', input }).request;
    const id = expect.stringMatching(/^call_[\w-]{22}$/);
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: id, name: 'f', input: {} } },
          { toolUse: { toolUseId: 'b', name: 'g', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'b', content: [{ text: 'of g' }] } },
          { toolResult: { toolUseId: id, content: [{ text: 'of f' }] } },
        ],
      },
    ]);
    expect(changesOf({ model: 'm', input })).toEqual(['tool call ids added']);
    expect(translate({ model: 'm', input }).request.messages).toEqual(messages);
  });

  test('what Converse has no field for is ignored and told, refused where the settings are strict', () => {
    const body = { ...ask, top_logprobs: 3, truncation: 'auto', text: { verbosity: 'low' }, include: [] };
    expect(changesOf(body)).toEqual(['top_logprobs ignored', 'truncation ignored', 'verbosity ignored']);
    expect(() => translate(body, { strict: true })).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  test.each(['background', 'conversation', 'prompt'])('%s is refused with what to do instead', (field) => {
    expect(() => translate({ ...ask, [field]: field === 'background' ? true : { id: 'x' } })).toThrow(
      expect.objectContaining({ code: 'unsupported', facts: expect.objectContaining({ param: field }) }),
    );
  });

  test.each([
    [{ input: 'Hi' }, 'model'],
    [{ model: 'm' }, 'input'],
    [{ model: 'm', input: [{ role: 'tool', content: 'x' }] }, 'input[0].role'],
    [{ model: 'm', input: [{ type: 'custom_tool_call', call_id: 'c', name: 'n' }] }, 'input[0].input'],
    [
      {
        model: 'm',
        input: [
          { type: 'function_call', name: 'n' },
          { type: 'function_call', name: 'n', call_id: 'b' },
          { type: 'function_call_output', output: 'x' },
        ],
      },
      'input[0].call_id',
    ],
    [{ model: 'm', input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
  ])('%j names the field that is wrong', (body, param) => {
    expect(() => translate(body)).toThrow(
      expect.objectContaining({ code: 'invalid_request', facts: expect.objectContaining({ param }) }),
    );
  });
});
