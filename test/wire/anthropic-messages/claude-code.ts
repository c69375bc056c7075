/** A request of the shape that Claude Code 2.1 sends in the middle of a tool loop. */
export const claudeCodeBody = {
  model: 'claude-opus-5',
  max_tokens: 32000,
  stream: true,
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.197.b97; cc_entrypoint=cli;' },
    { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } },
    { type: 'text', text: 'Answer briefly.', cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' } },
  ],
  tools: [
    {
      name: 'Read',
      description: 'Reads a file.',
      input_schema: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: { file_path: { type: 'string' } },
        required: ['file_path'],
        additionalProperties: false,
      },
      eager_input_streaming: true,
      cache_control: { type: 'ephemeral' },
    },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: '<system-reminder>Today.</system-reminder>' }] },
    { role: 'system', content: 'Available agent types: claude.' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'AQID' },
        { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: '/a.ts' } },
        { type: 'tool_use', id: 'toolu_2', name: 'Read', input: { file_path: '/no' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [
            { type: 'text', text: 'const a = 1;', cache_control: { type: 'ephemeral' } },
            {
              type: 'image',
              source: {
                type: 'base64',
                media_type: 'image/jpg',
                data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
              },
            },
          ],
        },
        { type: 'tool_result', tool_use_id: 'toolu_2', content: 'No such file', is_error: true },
        { type: 'text', text: 'Go on.', cache_control: { type: 'ephemeral' } },
      ],
    },
  ],
  thinking: { type: 'adaptive', display: 'summarized' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: { effort: 'high' },
  metadata: { user_id: '{"device_id":"b42919","account_uuid":"","session_id":"fe79bd85-e0f6"}' },
};

/** As Claude Code 2.1.330 resumes a session after a tool search, at another effort; texts and schemas are shortened. */
export const claudeCodeLoadedTools = {
  model: 'claude-opus-5-5',
  max_tokens: 128000,
  stream: true,
  system: [{ type: 'text', text: 'You are a Claude agent.', cache_control: { type: 'ephemeral' } }],
  thinking: { type: 'adaptive', display: 'omitted' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  output_config: { effort: 'medium' },
  tools: [
    { name: 'ToolSearch', description: 'Loads tools.', input_schema: { type: 'object', properties: {} } },
    { name: 'NotebookEdit', description: 'Edits.', input_schema: { type: 'object' }, defer_loading: true },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Load the notebook tool.' }] },
    { role: 'system', content: '# Environment', output_config: { effort: 'medium' } },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'tool_use', id: 'toolu_1', name: 'ToolSearch', input: { query: 'select:NotebookEdit' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [{ type: 'tool_reference', tool_name: 'NotebookEdit' }],
        },
        { type: 'text', text: 'Tool loaded.' },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'It is loaded.' }] },
    { role: 'user', content: [{ type: 'text', text: 'Go on.', cache_control: { type: 'ephemeral' } }] },
    {
      role: 'system',
      content: [{ type: 'text', text: 'You are powered by Opus 5.5.', cache_control: { type: 'ephemeral' } }],
      output_config: { effort: 'low' },
    },
  ],
};
