import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anthropicEvents } from '../../src/bedrock/anthropic-events.ts';
import type { Event } from '../../src/converse/events.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import type { Step } from '../../src/demo/step.ts';
import { apiKey, headers, startDemo } from '../sdk/running-demo.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});
beforeEach(() => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});

/** The whole program above a simulator of this test's own. */
async function above(options: SimulatorOptions): Promise<{ url: string; simulator: Simulator }> {
  const simulator = await startSimulator({ paceMs: 0, ...options });
  vi.stubEnv('AWS_ACCESS_KEY_ID', simulator.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', simulator.credentials.secretAccessKey);
  open.push(simulator);
  const demo = await startDemo({ upstream: 'bedrock', 'aws.endpoint': simulator.url, 'aws.region': simulator.region });
  open.push(demo);
  return { url: demo.url, simulator };
}

const chunk = (json: string) => ({ chunk: { bytes: Buffer.from(json).toString('base64') } });

/** Events as Bedrock sends them, with blocks, deltas and members that only Anthropic's API has; key order and spaces are its own. */
const provided: readonly string[] = [
  '{"type":"message_start","message":{"id":"msg_bdrk_01","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"cache_creation_input_tokens":0,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}}',
  '{"type":"ping"}',
  '{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}',
  '{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm ✓"}}',
  '{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}',
  '{"type":"content_block_stop","index":0}',
  '{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"tool_search_tool_regex","input":{}}}',
  '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"pattern\\":"}}',
  '{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\\"weather\\"}"}}',
  '{"type":"content_block_stop","index":1}',
  '{"type":"content_block_start","index":2,"content_block":{"type":"tool_search_tool_result","tool_use_id":"srvtoolu_1","content":{"type":"tool_search_tool_search_result","tool_references":[{"type":"tool_reference","tool_name":"get_weather"}]}}}',
  '{"type":"content_block_stop","index":2}',
  '{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}',
  '{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Let me"}}',
  '{"type":"content_block_delta","index":3,"delta":{"type":"future_delta","whatever":[1, 2]}}',
  '{"type":"content_block_stop","index":3}',
  '{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_bdrk_1","name":"get_weather","input":{}}}',
  '{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":\\"Oslo\\"}"}}',
  '{"type":"content_block_stop","index":4}',
  '{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":42,"server_tool_use":{"tool_search_requests":1}},"context_management":{"applied_edits":[]}}',
  '{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":11,"outputTokenCount":42,"invocationLatency":7,"firstByteLatency":3}}',
];

const asStep: Step[] = [{ do: 'events', events: provided.map(chunk) }];

const body = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'Hello' }],
  tools: [
    { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
    { name: 'get_weather', input_schema: { type: 'object', properties: {} }, defer_loading: true },
  ],
  context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  metadata: { user_id: 'u' },
};

const post = (url: string, wish: object, more: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { ...headers, 'anthropic-version': '2023-06-01', ...more },
    body: JSON.stringify(wish),
  });

test('every event reaches the client byte for byte as Bedrock sent it, unknown ones too', async () => {
  const { url } = await above({ script: () => asStep });
  const response = await post(url, { ...body, stream: true });
  const got = (await response.text())
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length));
  expect(got).toEqual(provided);
  expect(response.headers.get('x-claude-bedrock-changes')).toContain('native lane: tool search, context management');
});

test('case 88: the body goes out as it came, with the version and the betas that the model takes', async () => {
  const { url, simulator } = await above({ script: () => asStep });
  const betas = 'context-1m-2025-08-07, claude-code-20250219, interleaved-thinking-2025-05-14';
  const response = await post(url, { ...body, stream: true }, { 'anthropic-beta': betas });
  await response.text();
  expect(response.headers.get('x-claude-bedrock-changes')).toContain('betas dropped');
  const [taken] = simulator.requests;
  expect(taken?.operation).toBe('InvokeModelWithResponseStream');
  const { model: _, metadata: __, ...kept } = body;
  expect(taken?.body).toEqual({
    ...kept,
    anthropic_version: 'bedrock-2023-05-31',
    anthropic_beta: ['tool-search-tool-2025-10-19', 'context-management-2025-06-27', 'interleaved-thinking-2025-05-14'],
  });
});

/** The longer conversation of a client that lets the service compact it. */
const compacted = {
  model: 'claude-sonnet-4-6',
  max_tokens: 1000,
  messages: [
    { role: 'user', content: 'Hello' },
    {
      role: 'assistant',
      content: [
        { type: 'compaction', content: 'They greeted.' },
        { type: 'text', text: 'Hi.' },
      ],
    },
    { role: 'user', content: 'Go on.' },
  ],
};

test('compaction goes to InvokeModel with its own beta, and its summaries go back as they came', async () => {
  const { url, simulator } = await above({});
  const edits = [{ type: 'compact_20260112', trigger: { type: 'input_tokens', value: 150_000 } }];
  const response = await post(url, { ...compacted, context_management: { edits } });
  expect(await response.json()).toMatchObject({ type: 'message', stop_reason: 'end_turn' });
  expect(response.headers.get('x-claude-bedrock-changes')).toBe('native lane: compaction');
  expect(simulator.requests[0]?.body).toMatchObject({
    anthropic_beta: ['compact-2026-01-12'],
    context_management: { edits },
    messages: compacted.messages,
  });
  expect((await post(url, compacted)).headers.get('x-claude-bedrock-changes')).toBe('native lane: compaction');
});

test('a compaction is kept whole and paid for, though the counts at the top leave it out', async () => {
  const events = [
    '{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}',
    '{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"They greeted."}}',
    '{"type":"content_block_stop","index":0}',
    '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":10,"output_tokens":2,"iterations":[{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"message","input_tokens":10,"output_tokens":2}]}}',
    '{"type":"message_stop"}',
  ];
  const reader = anthropicEvents({ model: 'm', region: 'us-east-1', changes: [] });
  const out: Event[] = [];
  for (const json of events) reader.push('chunk', JSON.stringify(chunk(json).chunk), out);
  expect(out).toContainEqual({
    type: 'open',
    index: 0,
    block: { kind: 'other', value: { type: 'compaction', content: 'They greeted.' } },
  });
  expect(out.at(-1)).toMatchObject({
    type: 'end',
    end: { usage: { inputTokens: 180_010, outputTokens: 3502, totalTokens: 183_512 } },
  });
});

const bash = { type: 'bash_20250124', name: 'bash' };
const schema = { type: 'object', properties: { city: { type: 'string', minLength: 2 } }, required: ['city'] };

test('the tier and the metadata of a native body travel in Bedrock’s headers', async () => {
  const { url, simulator } = await above({});
  const response = await post(url, { ...compacted, service_tier: 'priority', metadata: { user_id: 'u-1' } });
  expect(response.status).toBe(200);
  expect(simulator.requests[0]?.headers).toMatchObject({
    'x-amzn-bedrock-service-tier': 'priority',
    'x-amzn-bedrock-request-metadata': '{"user_id":"u-1"}',
  });
});

test('cache_control of the whole request marks the end of the conversation, unless four marks stand before it', async () => {
  const { url, simulator } = await above({});
  const mark = { type: 'ephemeral', ttl: '1h' };
  const wish = { ...compacted, tools: [bash], messages: [{ role: 'user', content: 'Hello' }], cache_control: mark };
  await post(url, wish);
  expect(simulator.requests[0]?.body).toMatchObject({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello', cache_control: mark }] }],
  });
  const system = ['a', 'b', 'c', 'd'].map((text) => ({ type: 'text', text, cache_control: mark }));
  const full = await post(url, { ...wish, system });
  expect(full.headers.get('x-claude-bedrock-changes')).toContain('cache_control dropped');
  expect(simulator.requests[1]?.body).toMatchObject({ messages: wish.messages });
});

test.each(['output_config', 'output_format'])('a JSON schema in %s holds on the native lane too', async (field) => {
  const { url, simulator } = await above({});
  const format = { type: 'json_schema', schema };
  const wish = {
    ...body,
    tools: [bash],
    [field]: field === 'output_config' ? { format } : format,
  };
  const answer = (await (await post(url, wish)).json()) as Anthropic.Message;
  expect(JSON.parse(answer.content.map((block) => (block.type === 'text' ? block.text : '')).join(''))).toHaveProperty(
    'city',
  );
  expect(simulator.requests[0]?.body).toMatchObject({
    output_config: { format: { type: 'json_schema', schema: { properties: { city: { type: 'string' } } } } },
  });
  const told = await post(url, { ...wish, model: 'claude-sonnet-5' });
  expect(told.headers.get('x-claude-bedrock-changes')).toContain('schema asked for by instruction');
  expect(simulator.requests).toHaveLength(2);
  expect(simulator.requests[1]?.body).not.toHaveProperty('output_config');
  expect(JSON.stringify(simulator.requests[1]?.body)).toContain('by this JSON schema');
});

test('case 88: a beta that the model refuses after all goes with the next try, and is said', async () => {
  let tries = 0;
  const { url, simulator } = await above({
    script: () =>
      tries++ === 0 ? [{ do: 'fail', status: 400, type: 'ValidationException', message: 'invalid beta flag' }] : asStep,
  });
  const response = await post(url, { ...body, stream: true });
  expect(await response.text()).toContain('message_stop');
  expect(response.headers.get('x-claude-bedrock-changes')).toContain('anthropic_beta dropped');
  expect(simulator.requests[1]?.body).not.toHaveProperty('anthropic_beta');
});

test.each(['web_search', 'code_execution'])(
  'what %s left in the history is refused by name on either lane',
  async (name) => {
    const { url, simulator } = await above({});
    const used = { type: 'server_tool_use', id: 'srvtoolu_1', name, input: {} };
    const result = { type: `${name}_tool_result`, tool_use_id: 'srvtoolu_1', content: [] };
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [used, result] },
      body.messages[0],
    ];
    const response = await post(url, { ...body, messages });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining("'server_tool_use' blocks") },
    });
    expect(simulator.requests).toHaveLength(0);
  },
);

test('an identical request is answered from the cache with the same blocks and counts', async () => {
  const { url, simulator } = await above({ script: () => asStep });
  const client = new Anthropic({ apiKey, baseURL: url, maxRetries: 0 });
  const ask = () => client.messages.stream(body as never).finalMessage();
  // Who the process is becomes known with its first call, and answers are kept for that identity.
  await (await post(url, { ...body, max_tokens: 999, stream: true })).text();
  const first = await ask();
  const again = await ask();
  expect(simulator.requests).toHaveLength(2);
  expect(again.content).toEqual(first.content);
  expect(again.stop_reason).toBe('tool_use');
  expect(again.usage).toMatchObject({ input_tokens: 11, output_tokens: 42, cache_read_input_tokens: 5 });
});

test('a whole message keeps every member that Bedrock gave', async () => {
  const message = {
    id: 'msg_bdrk_2',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5-20250929',
    content: [
      { type: 'text', text: 'Cited.', citations: [{ type: 'char_location', cited_text: 'x', document_index: 0 }] },
      { type: 'server_tool_use', id: 's', name: 'tool_search_tool_regex', input: { pattern: 'x' } },
      { type: 'tool_use', id: 't', name: 'get_weather', input: { city: 'Oslo' } },
    ],
    stop_reason: 'pause_turn',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 4, server_tool_use: { tool_search_requests: 1 } },
    context_management: { applied_edits: [] },
  };
  const { url } = await above({ script: () => [{ do: 'bytes', bytes: Buffer.from(JSON.stringify(message)) }] });
  expect(await (await post(url, body)).json()).toEqual(message);
});

test.each([false, true])('two calls of one id are told apart towards the client (stream: %s)', async (stream) => {
  const call = { type: 'tool_use', id: 't', name: 'get_weather', input: {} };
  const shell = { id: 'msg_1', type: 'message', role: 'assistant', model: 'c', stop_sequence: null };
  const usage = { input_tokens: 3, output_tokens: 4 };
  const events = [
    { type: 'message_start', message: { ...shell, content: [], stop_reason: null, usage } },
    ...[0, 1].flatMap((index) => [
      { type: 'content_block_start', index, content_block: call },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 4 } },
    { type: 'message_stop' },
  ].map((event) => chunk(JSON.stringify(event)));
  const whole = { ...shell, content: [call, call], stop_reason: 'tool_use', usage };
  const { url } = await above({
    script: () => [stream ? { do: 'events', events } : { do: 'bytes', bytes: Buffer.from(JSON.stringify(whole)) }],
  });
  const text = await (await post(url, { ...body, stream })).text();
  const ids = [...text.matchAll(/"type":"tool_use","id":"([^"]+)"/g)].map((match) => match[1]);
  expect(ids).toEqual(['t', expect.stringMatching(/^call_[\w-]{22}$/)]);
});

test('a member that the model’s version does not know is taken out once, and said', async () => {
  const { url, simulator } = await above({
    script: ({ body: asked }) =>
      JSON.stringify(asked).includes('"context_management"')
        ? [
            {
              do: 'fail',
              status: 400,
              type: 'ValidationException',
              message: 'context_management: Extra inputs are not permitted',
            },
          ]
        : asStep,
  });
  const response = await post(url, { ...body, stream: true });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-claude-bedrock-changes')).toContain('context_management dropped');
  expect(simulator.requests).toHaveLength(2);
  await response.text();
});

test('thoughts that Bedrock does not know again go with the next try, and thinking too in an open tool loop', async () => {
  const { url, simulator } = await above({
    script: ({ body: asked }) =>
      JSON.stringify(asked).includes('"signature"')
        ? [
            {
              do: 'fail',
              status: 400,
              type: 'ValidationException',
              message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
            },
          ]
        : asStep,
  });
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
  const called = { type: 'tool_use', id: 't1', name: 'bash', input: { command: 'ls' } };
  const messages = [
    { role: 'user', content: 'List' },
    { role: 'assistant', content: [thought, called] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'a.ts' }] },
  ];
  const response = await post(url, { ...body, messages, thinking: { type: 'adaptive' }, stream: true });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-claude-bedrock-changes')).toContain('earlier thinking dropped');
  await response.text();
  expect(simulator.requests.at(-1)?.body).toMatchObject({
    thinking: { type: 'disabled' },
    messages: [{}, { role: 'assistant', content: [called] }, {}],
  });
});

test('a member that Bedrock refuses inside of blocks is taken out of each, but not of the person’s own data', async () => {
  const own = { type: 'object', properties: { defer_loading: { type: 'boolean' } } };
  const tools = [
    { name: 'a', input_schema: own, defer_loading: true },
    { name: 'b', input_schema: own, defer_loading: true },
  ];
  const { url, simulator } = await above({
    script: ({ body: asked }) =>
      JSON.stringify(asked).includes('"defer_loading":true')
        ? [
            {
              do: 'fail',
              status: 400,
              type: 'ValidationException',
              message: 'tools.1.custom.defer_loading: Extra inputs are not permitted',
            },
          ]
        : asStep,
  });
  const response = await post(url, { ...body, tools, stream: true });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-claude-bedrock-changes')).toContain('tools.1.custom.defer_loading dropped');
  await response.text();
  expect(simulator.requests.at(-1)?.body).toMatchObject({
    tools: [
      { name: 'a', input_schema: own },
      { name: 'b', input_schema: own },
    ],
  });
});

test('case 44: sampling and thinking that the model refuses are fitted to it, and said', async () => {
  const { url, simulator } = await above({ script: () => asStep });
  const wish = {
    ...body,
    model: 'claude-opus-4-8',
    temperature: 1,
    top_k: 40,
    thinking: { type: 'enabled', budget_tokens: 2048 },
    stream: true,
  };
  const response = await post(url, wish);
  await response.text();
  const sent = simulator.requests.at(-1)?.body;
  expect(sent).toMatchObject({ thinking: { type: 'adaptive' } });
  expect(JSON.stringify(sent)).not.toMatch(/temperature|top_k|budget_tokens/);
  for (const change of ['temperature dropped', 'top_k dropped', 'thinking budget dropped'])
    expect(response.headers.get('x-claude-bedrock-changes')).toContain(change);
});

test('the billing line at the head of Claude Code’s prompt does not reach the model, or no prompt cache would hit', async () => {
  const { url, simulator } = await above({ script: () => asStep });
  const system = [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.197; cch=1f2e3;' },
    { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } },
  ];
  await (await post(url, { ...body, system, stream: true })).text();
  expect(simulator.requests.at(-1)?.body).toMatchObject({ system: system.slice(1) });
});

test('what breaks off in mid-stream is Anthropic’s error event, never a polite end', async () => {
  const half = provided.slice(0, 14).map(chunk);
  const { url } = await above({ script: () => [{ do: 'events', events: half }] });
  const response = await post(url, { ...body, stream: true });
  const text = await response.text().catch((error: unknown) => String(error));
  expect(text).not.toContain('message_stop');
});

test('without such members, and for models of other makers, the way is Converse', async () => {
  const { url, simulator } = await above({});
  const plain = { model: body.model, max_tokens: 100, messages: body.messages };
  expect((await post(url, plain)).status).toBe(200);
  const { tools: _, ...managed } = { ...body, model: 'amazon.nova-pro-v1:0' };
  const nova = await post(url, managed);
  expect(nova.status).toBe(200);
  expect(nova.headers.get('x-claude-bedrock-changes')).toContain('context_management dropped');
  expect(simulator.requests.map(({ operation }) => operation)).toEqual(['Converse', 'Converse']);
});

test('what only Anthropic’s servers can do is refused by name', async () => {
  const { url, simulator } = await above({});
  const search = { ...body, tools: [{ type: 'web_search_20250305', name: 'web_search' }] };
  const refused = await post(url, search);
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('web_search_20250305');
  expect(simulator.requests).toHaveLength(0);
});

test('the demo model plays a dated tool by the native lane', async () => {
  const { url, simulator } = await above({});
  const response = await post(url, {
    ...body,
    context_management: undefined,
    tools: [{ type: 'bash_20250124', name: 'bash' }],
    messages: [{ role: 'user', content: 'Use bash' }],
  });
  expect(await response.json()).toMatchObject({ stop_reason: 'tool_use' });
  expect(simulator.requests[0]?.operation).toBe('InvokeModel');
});
