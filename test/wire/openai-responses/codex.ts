import { sealReasoning } from '../../../src/wire/reasoning-envelope.ts';

/** A request as Codex CLI sends it in the middle of a task, written after its source (openai/codex). */
export const codexBody = {
  model: 'bedrock-sonnet',
  instructions: 'You are Codex, a coding agent.',
  input: [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: '<permissions>all</permissions>' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Fix the typo in a.ts.' }] },
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Look first.' }],
      content: null,
      encrypted_content: sealReasoning([{ block: { reasoningText: { text: 'Look first.', signature: 'c2ln' } } }]),
    },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'I look at the file.' }],
      phase: 'commentary',
    },
    { type: 'function_call', name: 'shell', arguments: '{"command":["cat","a.ts"]}', call_id: 'tooluse_1' },
    { type: 'function_call', name: 'read', namespace: 'mcp__files__', arguments: '', call_id: 'tooluse_2' },
    { type: 'function_call_output', call_id: 'tooluse_1', output: 'const teh = 1;' },
    { type: 'function_call_output', call_id: 'tooluse_2', output: [{ type: 'input_text', text: 'ok' }] },
    {
      type: 'custom_tool_call',
      name: 'apply_patch',
      input: '*** Begin Patch\n',
      call_id: 'tooluse_3',
      status: 'completed',
    },
    { type: 'custom_tool_call_output', call_id: 'tooluse_3', output: 'bad patch' },
  ],
  tools: [
    {
      type: 'function',
      name: 'shell',
      description: 'Runs a command.',
      strict: false,
      parameters: {
        type: 'object',
        properties: { command: { type: 'array', items: { type: 'string' } } },
        required: ['command'],
        additionalProperties: false,
      },
    },
    {
      type: 'custom',
      name: 'apply_patch',
      description: 'Edits files.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "*** Begin Patch"' },
    },
    {
      type: 'namespace',
      name: 'mcp__files__',
      description: 'Files.',
      tools: [{ type: 'function', name: 'read', strict: false, parameters: { type: 'object', properties: {} } }],
    },
    {
      type: 'tool_search',
      execution: 'client',
      description: 'Searches for tools.',
      parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
    },
    { type: 'web_search', external_web_access: false },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: '019a-thread',
  client_metadata: { session_id: '1' },
};
