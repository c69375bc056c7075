import { expect, test } from 'vitest';
import { changesOf, refusal, translate } from './chat.ts';

const parameters = { type: 'object', properties: { x: { type: 'integer' } } };
const f = { type: 'function', function: { name: 'f', description: 'F.', parameters } };
const g = { type: 'function', function: { name: 'g' } };
const spec = { toolSpec: { name: 'f', description: 'F.', inputSchema: { json: parameters } } };
const config = (body: Record<string, unknown>) => translate(body).request.toolConfig;

test('case 4: an empty list of tools is no toolConfig', () => {
  expect(config({ tools: [] })).toBeUndefined();
  expect(config({ tools: null, tool_choice: 'auto' })).toBeUndefined();
});

test('case 26: absent, null and empty parameters take no arguments', () => {
  const none = { json: { type: 'object', properties: {} } };
  for (const schema of [undefined, null, {}]) {
    expect(config({ tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] })?.tools).toEqual([
      { toolSpec: { name: 'f', inputSchema: none } },
    ]);
  }
  const { facts } = refusal({ tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] });
  expect(facts.param).toBe('tools[0].parameters');
});

test('case 28: a blank description is left out', () => {
  expect(
    config({ tools: [{ type: 'function', function: { name: 'f', description: ' ', parameters } }] })?.tools,
  ).toEqual([{ toolSpec: { name: 'f', inputSchema: { json: parameters } } }]);
});

test('case 29: tool_choice none describes the tools and forbids calls', () => {
  const { request, options } = translate({ tools: [f], tool_choice: 'none' });
  expect(options).toEqual({ noToolCalls: true });
  expect(request.toolConfig).toEqual({ tools: [spec] });
});

test('tool_choice in every form that clients send', () => {
  const choose = (tool_choice: unknown) => config({ tools: [f, g], tool_choice })?.toolChoice;
  for (const auto of [undefined, null, 'auto', { type: 'auto' }]) expect(choose(auto)).toBeUndefined();
  for (const any of ['required', 'any', { type: 'any' }, { type: 'required' }])
    expect(choose(any)).toEqual({ any: {} });
  const named = [
    { type: 'function', function: { name: 'g' } },
    { type: 'function', name: 'g' },
    { type: 'tool', name: 'g' },
    { function: { name: 'g' } },
    { type: 'custom', custom: { name: 'g' } },
  ];
  for (const choice of named) expect(choose(choice)).toEqual({ tool: { name: 'g' } });
});

test('allowed_tools offers only the allowed ones, nested or flat', () => {
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] };
  const flat = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] };
  for (const tool_choice of [{ type: 'allowed_tools', allowed_tools: allowed }, flat]) {
    expect(config({ tools: [f, g], tool_choice })).toEqual({ tools: [spec], toolChoice: { any: {} } });
  }
});

test('a choice that cannot be kept is refused', () => {
  expect(refusal({ tools: [f], tool_choice: { type: 'function', function: { name: 'x' } } }).facts.param).toBe(
    'tool_choice',
  );
  expect(refusal({ tools: [f], tool_choice: 'sometimes' }).facts.param).toBe('tool_choice');
  expect(refusal({ tool_choice: 'required' }).facts.param).toBe('tool_choice');
});

test('case 34: a tool that runs on its maker’s servers is refused with its name', () => {
  const error = refusal({ tools: [f, { type: 'web_search_20250305', name: 'web_search' }] });
  expect(error.code).toBe('unsupported');
  expect(error.facts.param).toBe('tools[1].type');
  expect(error.publicMessage).toContain('web_search_20250305');
});

test('case 35: custom tools, nested and flat, become functions with one string, the grammar in words', () => {
  const format = { type: 'grammar', syntax: 'lark', definition: 'start: /x/' };
  const custom = [
    { type: 'custom', name: 'ApplyPatch', description: 'Edits.', format },
    { type: 'custom', custom: { name: 'nested', format: { type: 'grammar', grammar: format } } },
    { type: 'custom', name: 'free' },
  ];
  const { request, changes } = translate({ tools: custom });
  expect(request.toolConfig?.tools).toMatchObject([
    {
      toolSpec: { name: 'ApplyPatch', description: expect.stringMatching(/^Edits\.\n.*lark grammar:\nstart: \/x\/$/s) },
    },
    { toolSpec: { name: 'nested', description: expect.stringContaining('start: /x/') } },
    { toolSpec: { name: 'free', inputSchema: { json: { required: ['input'] } } } },
  ]);
  expect(changes.map(({ what }) => what)).toEqual(['grammar described, not enforced']);
});

test('case 37: flat Responses-shaped, Anthropic-shaped and legacy tools are read, each by its fields', () => {
  const flat = { type: 'function', name: 'f', description: 'F.', parameters, strict: true };
  const anthropic = { name: 'f', description: 'F.', input_schema: parameters, cache_control: { type: 'ephemeral' } };
  const anthropicCustom = { type: 'custom', name: 'f', description: 'F.', input_schema: parameters };
  expect(config({ tools: [flat] })?.tools).toEqual([{ toolSpec: { ...spec.toolSpec, strict: true } }]);
  expect(config({ tools: [anthropic] })?.tools).toEqual([spec, { cachePoint: { type: 'default' } }]);
  expect(config({ tools: [anthropicCustom] })?.tools).toEqual([spec]);
  const legacy = { functions: [{ name: 'f', description: 'F.', parameters }], function_call: { name: 'f' } };
  const { request, options } = translate(legacy);
  expect(request.toolConfig).toEqual({ tools: [spec], toolChoice: { tool: { name: 'f' } } });
  expect(options).toEqual({ parallelToolCalls: false });
});

test('parallel_tool_calls, and Anthropic’s way of saying the same', () => {
  expect(translate({ tools: [f], parallel_tool_calls: false }).options).toEqual({ parallelToolCalls: false });
  expect(translate({ tools: [f], parallel_tool_calls: true }).options).toEqual({ parallelToolCalls: true });
  const tool_choice = { type: 'auto', disable_parallel_tool_use: true };
  expect(translate({ tools: [f], tool_choice }).options).toEqual({ parallelToolCalls: false });
});

test('a tool without a name is dropped and reported', () => {
  expect(changesOf({ tools: [f, { type: 'function', function: { name: '' } }] })).toEqual(['nameless tool dropped']);
});

test('half a character that shows only when the arguments of an earlier call are read is replaced, and told', () => {
  const call = (args: string) => ({
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }] },
      { role: 'tool', tool_call_id: 'a', content: 'done' },
    ],
    tools: [f],
  });
  const halved = call('{"x":"cut \\ud83d"}');
  expect(translate(halved).request.messages[1]?.content).toMatchObject([{ toolUse: { input: { x: 'cut \ufffd' } } }]);
  expect(changesOf(halved)).toContain('halved characters replaced');
  expect(changesOf(call('{"x":"\\ud83d\\ude00"}'))).toEqual([]);
});
