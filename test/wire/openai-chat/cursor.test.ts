import { expect, test } from 'vitest';
import { refusal, translate } from './chat.ts';

/** Shape B of docs/clients: a Responses body on the chat route. */
const responses = {
  model: 'bedrock-sonnet',
  instructions: 'Be brief.',
  input: [
    { role: 'user', content: 'Fix it.' },
    { type: 'reasoning', id: 'rs_1', encrypted_content: 'x', summary: [] },
    { type: 'function_call', call_id: 'c1', name: 'read', arguments: '{"path":"a"}' },
    { type: 'function_call_output', call_id: 'c1', output: 'text of a' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'ApplyPatch', input: '*** Begin Patch' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'Done' }] },
    { type: 'message', role: 'assistant', content: [] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Thanks.' }] },
  ],
  tools: [
    { type: 'function', name: 'read', parameters: { type: 'object', properties: {} }, strict: false },
    { type: 'custom', name: 'ApplyPatch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
  ],
  tool_choice: 'auto',
  stream: true,
  include: ['reasoning.encrypted_content'],
  reasoning: { effort: 'medium', summary: 'auto' },
  text: { verbosity: 'low', format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } },
  max_output_tokens: 500,
  store: false,
  metadata: { cursorConversationId: 'abc' },
  user: 'u1',
};

test('case 110: a Responses-shaped body on the chat route is read, item by item', () => {
  const { request, options, changes, stream } = translate({ messages: undefined, ...responses });
  expect(stream).toBe(true);
  expect(request.system).toEqual([{ text: 'Be brief.' }]);
  expect(request.messages).toEqual([
    { role: 'user', content: [{ text: 'Fix it.' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'c1', name: 'read', input: { path: 'a' } } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: 'c1', content: [{ text: 'text of a' }] } }] },
    {
      role: 'assistant',
      content: [{ toolUse: { toolUseId: 'c2', name: 'ApplyPatch', input: { input: '*** Begin Patch' } } }],
    },
    { role: 'user', content: [{ toolResult: { toolUseId: 'c2', content: [{ text: 'Done' }] } }] },
    { role: 'user', content: [{ text: 'Thanks.' }] },
  ]);
  expect(request.toolConfig?.tools).toMatchObject([
    { toolSpec: { name: 'read' } },
    { toolSpec: { name: 'ApplyPatch' } },
  ]);
  expect(request.inferenceConfig).toEqual({ maxTokens: 500 });
  expect(request.requestMetadata).toEqual({ cursorConversationId: 'abc', user: 'u1' });
  expect(options).toEqual({
    effort: 'medium',
    responseFormat: { type: 'json_schema', name: 'n', schema: { type: 'object' } },
  });
  expect(changes.map(({ what }) => what).sort()).toEqual([
    'foreign reasoning dropped',
    'grammar described, not enforced',
    'verbosity ignored',
  ]);
});

test('case 110: messages that are null or empty beside input are a stub; real messages win', () => {
  const body = { input: 'hi', instructions: '' };
  for (const messages of [null, [], undefined]) {
    expect(translate({ ...body, messages }).request.messages).toEqual([{ role: 'user', content: [{ text: 'hi' }] }]);
  }
  expect(translate({ ...body, messages: [{ role: 'user', content: 'real' }] }).request.messages).toEqual([
    { role: 'user', content: [{ text: 'real' }] },
  ]);
});

test('case 110: what is wrong in input is named as input', () => {
  const wrong = (input: unknown, more = {}) => refusal({ messages: null, input, ...more }).facts.param;
  const image = { role: 'user', content: [{ type: 'input_image', image_url: 'https://example.com/a.png' }] };
  expect(wrong([image], { instructions: 'x' })).toBe('input[0].content[0].image_url');
  expect(wrong([{ role: 'user', content: 'x' }, { role: 'robot' }], { instructions: 'x' })).toBe('input[1].role');
  expect(wrong([{ type: 'item_reference', id: 'x' }])).toBe('input[0]');
  expect(wrong([{ type: 'function_call', call_id: 'c', name: 5 }], { instructions: 'x' })).toBe('input[0].name');
  expect(wrong([])).toBe('input');
  expect(wrong(5)).toBe('input');
});

test('case 110: items that only the Responses API knows mean here what they mean there', () => {
  const input = [
    { role: 'user', content: 'x' },
    { type: 'function_call', call_id: 'c1', name: 'search', namespace: 'mcp__docs', arguments: '{"q":1}' },
    { type: 'function_call_output', call_id: 'c1', output: 'found' },
    { type: 'local_shell_call', call_id: 'c2', action: { command: ['ls'] } },
    { type: 'local_shell_call_output', call_id: 'c2', output: 'a' },
    { type: 'function_call', call_id: 'c3', name: 'ApplyPatch', arguments: '{"raw": "text"}' },
    { type: 'web_search_call', id: 'ws_1', status: 'completed' },
  ];
  const { request, changes } = translate({ messages: null, input, tools: [{ type: 'custom', name: 'ApplyPatch' }] });
  expect(request.messages.flatMap(({ content }) => content)).toEqual([
    { text: 'x' },
    { toolUse: { toolUseId: 'c1', name: 'mcp__docs__search', input: { q: 1 } } },
    { toolResult: { toolUseId: 'c1', content: [{ text: 'found' }] } },
    { toolUse: { toolUseId: 'c2', name: 'local_shell', input: { command: ['ls'] } } },
    { toolResult: { toolUseId: 'c2', content: [{ text: 'a' }] } },
    { toolUse: { toolUseId: 'c3', name: 'ApplyPatch', input: { input: '{"raw": "text"}' } } },
  ]);
  expect(changes.map(({ what }) => what)).toEqual(['input item web_search_call dropped']);
});

test('case 110: a custom tool’s raw text comes back as arguments and is wrapped again', () => {
  const messages = [
    { role: 'user', content: 'x' },
    {
      role: 'assistant',
      content: [],
      tool_calls: [
        { id: 'functions.ApplyPatch:1', type: 'function', function: { name: 'ApplyPatch', arguments: '{}' } },
      ],
    },
  ];
  const { request, changes } = translate({ messages, tools: [{ type: 'custom', name: 'ApplyPatch' }] });
  expect(request.messages[1]?.content).toEqual([
    { toolUse: { toolUseId: 'functions.ApplyPatch:1', name: 'ApplyPatch', input: { input: '{}' } } },
  ]);
  expect(changes).toEqual([]);
});

test('case 37: one body may mix every shape of tool, as Cursor does (shape C)', () => {
  const parameters = { type: 'object', properties: {} };
  const tools = [
    { type: 'function', function: { name: 'a', parameters } },
    { type: 'function', name: 'b', parameters },
    { type: 'custom', custom: { name: 'c' } },
    { type: 'custom', name: 'd' },
    { name: 'e', description: 'E', input_schema: parameters },
  ];
  const { request } = translate({ tools, tool_choice: { type: 'tool', name: 'e' } });
  const names = request.toolConfig?.tools.map((tool) => ('toolSpec' in tool ? tool.toolSpec.name : ''));
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(request.toolConfig?.toolChoice).toEqual({ tool: { name: 'e' } });
});
