import { describe, expect, test } from 'vitest';
import { plainModel, post, said, simulator, thinkingModel } from './simulator-client.ts';

const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });
const hi = { text: 'hi' };
const call = (toolUseId = 't1', input: unknown = {}) => ({ toolUse: { toolUseId, name: 'f', input } });
const result = (toolUseId = 't1', more: object = {}) => ({
  toolResult: { toolUseId, content: [{ text: 'ok' }], ...more },
});
const spec = (over: object = {}) => ({ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } }, ...over } });
const toolConfig = { tools: [spec()] };
const strictSpec = (json: object) => ({ tools: [spec({ strict: true, inputSchema: { json } })] });
const thinking = (over: object = {}) => ({ thinking: { type: 'enabled', budget_tokens: 1024, ...over } });
const point = { cachePoint: { type: 'default' } };
const png = {
  image: { format: 'png', source: { bytes: Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64') } },
};
const document = (name = 'notes', over: object = {}) => ({
  document: { format: 'txt', name, source: { bytes: 'aGk=' }, ...over },
});
const textFormat = (schema: object) => ({
  outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema) } } } },
});

const nova = 'amazon.nova-pro-v1:0';
const llama = 'meta.llama3-3-70b-instruct-v1:0';
const mistral = 'mistral.mistral-large-2402-v1:0';
const oss = 'openai.gpt-oss-120b-1:0';
const qwen = 'qwen.qwen3-32b-v1:0';
const opus46 = 'us.anthropic.claude-opus-4-6-v1';
const opus47 = 'us.anthropic.claude-opus-4-7';
const sonnet5 = 'us.anthropic.claude-sonnet-5';
const opus55 = 'us.anthropic.claude-opus-5-5';
const history = [user(hi), assistant(call()), user(result())];

/** What is wrong, the model, the request, and words of Bedrock's answer. */
type Broken = readonly [wrong: string, model: string, body: object, words: string];

const conversation: readonly Broken[] = [
  ['no message', plainModel, { messages: [] }, 'The conversation is empty'],
  [
    'a message without content',
    plainModel,
    { messages: [user()] },
    'The content field in the Message object at messages.0 is empty.',
  ],
  [
    'an assistant first (case 6)',
    nova,
    { messages: [assistant(hi), user(hi)] },
    'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
  ],
  [
    'two user turns in a row (case 5)',
    plainModel,
    { messages: [user(hi), user(hi)] },
    'alternate between user and assistant roles',
  ],
  [
    'blank text (case 9)',
    plainModel,
    { messages: [user(hi, { text: ' \n' })] },
    'The text field in the ContentBlock object at messages.0.content.1 is blank. Add text to the text field, and try again.',
  ],
  [
    'empty system text',
    plainModel,
    { ...said('x'), system: [{ text: '' }] },
    "at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'a system message in the midst (case 13)',
    plainModel,
    { messages: [user(hi), { role: 'system', content: [hi] }] },
    'role',
  ],
  [
    'a system prompt for Mistral 7B (case 15)',
    'mistral.mistral-7b-instruct-v0:2',
    { ...said('x'), system: [hi] },
    "doesn't support system messages",
  ],
  [
    'prefill on Opus 4.6 (case 7)',
    opus46,
    { messages: [user(hi), assistant(hi)] },
    'does not support assistant message prefill',
  ],
  [
    'a last assistant text that ends in a space (case 8)',
    plainModel,
    { messages: [user(hi), assistant({ text: 'so ' })] },
    'final assistant content cannot end with trailing whitespace',
  ],
  [
    'reasoning from the user',
    thinkingModel,
    { messages: [user({ reasoningContent: { reasoningText: { text: 'x' } } })] },
    'User messages cannot contain reasoning content',
  ],
  [
    'an image from the assistant',
    plainModel,
    { messages: [user(hi), assistant(png), user(hi)] },
    'not allowed in a message of role assistant',
  ],
  [
    'a prompt far beyond the window (case 96)',
    plainModel,
    said('x'.repeat(900_000)),
    'Input is too long for requested model.',
  ],
];

const tools: readonly Broken[] = [
  [
    'results spread over two turns (case 1)',
    plainModel,
    {
      messages: [user(hi), assistant(call('a'), call('b')), user(result('a')), assistant(hi), user(result('b'))],
      toolConfig,
    },
    'Expected toolResult blocks at messages.2.content for the following Ids: b',
  ],
  [
    'a call without its result (case 2)',
    plainModel,
    { messages: [user(hi), assistant(call('a')), user(hi)], toolConfig },
    'for the following Ids: a',
  ],
  [
    'a result without its call (case 2)',
    plainModel,
    { messages: [user(result())], toolConfig },
    'The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn.',
  ],
  [
    'the same result twice',
    plainModel,
    { messages: [user(hi), assistant(call('a'), call('b')), user(result('a'), result('b'), result('a'))], toolConfig },
    'exceeds the number',
  ],
  [
    'the same call id twice',
    plainModel,
    { messages: [user(hi), assistant(call('a'), call('a')), user(result('a'))], toolConfig },
    'duplicate Ids: a',
  ],
  [
    'tool blocks without toolConfig (case 3)',
    plainModel,
    { messages: history },
    'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
  ],
  [
    'an empty list of tools (case 4)',
    plainModel,
    { ...said('x'), toolConfig: { tools: [] } },
    'The provided request is not valid',
  ],
  [
    'a tool name with a dot (case 18)',
    plainModel,
    { ...said('x'), toolConfig: { tools: [spec({ name: 'a.b' })] } },
    "Value 'a.b' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
  ],
  [
    'a tool name of 65 characters',
    plainModel,
    { ...said('x'), toolConfig: { tools: [spec({ name: 'n'.repeat(65) })] } },
    'less than or equal to 64',
  ],
  [
    'a foreign tool id (case 21)',
    plainModel,
    { messages: [user(hi), assistant(call('call|fc_1')), user(result('call|fc_1'))], toolConfig },
    'regular expression pattern: [a-zA-Z0-9_.:-]+',
  ],
  [
    'a long tool id on Mistral (case 22)',
    mistral,
    { messages: [user(hi), assistant(call('tooluse_12')), user(result('tooluse_12'))], toolConfig },
    'with a length of 9',
  ],
  [
    'arguments that are text (case 23)',
    plainModel,
    { messages: [user(hi), assistant(call('a', '{}')), user(result('a'))], toolConfig },
    'messages.1.content.0.toolUse.input is invalid. Provide a json object',
  ],
  [
    'a result that is a JSON array (case 25)',
    plainModel,
    { messages: [user(hi), assistant(call()), user(result('t1', { content: [{ json: [1] }] }))], toolConfig },
    'toolResult.content.0.json is invalid',
  ],
  [
    'a result with a nested __type (case 25)',
    plainModel,
    {
      messages: [user(hi), assistant(call()), user(result('t1', { content: [{ json: { a: { __type: 'x' } } }] }))],
      toolConfig,
    },
    'json is invalid',
  ],
  [
    'a blank result (case 12)',
    plainModel,
    { messages: [user(hi), assistant(call()), user(result('t1', { content: [{ text: '' }] }))], toolConfig },
    'is blank',
  ],
  [
    'a schema without type (case 26)',
    plainModel,
    { ...said('x'), toolConfig: { tools: [spec({ inputSchema: { json: {} } })] } },
    'inputSchema.json.type must be one of the following: object.',
  ],
  [
    'a schema with anyOf at the top (case 26)',
    plainModel,
    { ...said('x'), toolConfig: { tools: [spec({ inputSchema: { json: { type: 'object', anyOf: [] } } })] } },
    'does not support oneOf, allOf, or anyOf',
  ],
  [
    'an empty description (case 28)',
    plainModel,
    { ...said('x'), toolConfig: { tools: [spec({ description: '' })] } },
    'greater than or equal to 1',
  ],
  ['two tools of one name', plainModel, { ...said('x'), toolConfig: { tools: [spec(), spec()] } }, 'unique'],
  [
    'toolChoice none (case 29)',
    plainModel,
    { ...said('x'), toolConfig: { ...toolConfig, toolChoice: { none: {} } } },
    'extraneous key [none]',
  ],
  [
    'forced choice with thinking (case 30)',
    thinkingModel,
    {
      ...said('x'),
      toolConfig: { ...toolConfig, toolChoice: { any: {} } },
      inferenceConfig: { maxTokens: 2000 },
      additionalModelRequestFields: thinking(),
    },
    'Thinking may not be enabled when tool_choice forces tool use.',
  ],
  [
    'forced choice on Opus 5.5 (case 30)',
    opus55,
    { ...said('x'), toolConfig: { ...toolConfig, toolChoice: { any: {} } } },
    'tool_choice: type "tool" and "any" are not supported for this model.',
  ],
  [
    'any on Llama (case 31)',
    llama,
    { ...said('x'), toolConfig: { ...toolConfig, toolChoice: { any: {} } } },
    "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
  ],
  [
    'a forced tool that is not there',
    plainModel,
    { ...said('x'), toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'g' } } } },
    "Tool 'g' not found",
  ],
  ['tools for R1', 'us.deepseek.r1-v1:0', { ...said('x'), toolConfig }, "This model doesn't support tool use."],
  [
    'text beside a result on Llama',
    llama,
    { messages: [user(hi), assistant(call()), user(result(), hi)], toolConfig },
    'Conversation blocks and tool result blocks cannot be provided in the same turn.',
  ],
  [
    'text before a result on Claude',
    plainModel,
    { messages: [user(hi), assistant(call()), user(hi, result())], toolConfig },
    'must come first',
  ],
  [
    'status on Palmyra',
    'writer.palmyra-x5-v1:0',
    { messages: [user(hi), assistant(call()), user(result('t1', { status: 'error' }))], toolConfig },
    "This model doesn't support the status field",
  ],
  [
    'strict on Opus 4.7 (case 36)',
    opus47,
    { ...said('x'), toolConfig: strictSpec({ type: 'object' }) },
    'strict: Extra inputs are not permitted',
  ],
  [
    'a strict schema that is open (case 63)',
    thinkingModel,
    { ...said('x'), toolConfig: strictSpec({ type: 'object', properties: {} }) },
    "'additionalProperties' must be explicitly set to false",
  ],
  [
    'limits in a JSON schema (case 64)',
    thinkingModel,
    {
      ...said('x'),
      ...textFormat({
        type: 'object',
        properties: { n: { type: 'number', minimum: 1, maximum: 2 } },
        additionalProperties: false,
      }),
    },
    "For 'number' type, properties maximum, minimum are not supported",
  ],
  [
    'native JSON on Sonnet 5 (case 36)',
    sonnet5,
    { ...said('x'), ...textFormat({ type: 'object' }) },
    'output_config.format: Extra inputs are not permitted',
  ],
];

const parameters: readonly Broken[] = [
  [
    'temperature and topP on 4.5 (case 42)',
    thinkingModel,
    { ...said('x'), inferenceConfig: { temperature: 0.5, topP: 0.5 } },
    '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
  ],
  [
    'temperature above 1 (case 43)',
    plainModel,
    { ...said('x'), inferenceConfig: { temperature: 1.5 } },
    "Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
  ],
  [
    'temperature on Opus 4.7 (case 44)',
    opus47,
    { ...said('x'), inferenceConfig: { temperature: 1 } },
    '`temperature` is deprecated for this model.',
  ],
  [
    'temperature on GPT (case 44)',
    'us.openai.gpt-6-sol',
    { ...said('x'), inferenceConfig: { temperature: 1 } },
    "This model doesn't support the temperature field. Remove temperature and try again.",
  ],
  [
    'temperature with thinking (case 45)',
    thinkingModel,
    { ...said('x'), inferenceConfig: { temperature: 0.5, maxTokens: 2000 }, additionalModelRequestFields: thinking() },
    '`temperature` may only be set to 1 when thinking is enabled',
  ],
  [
    'top_k with thinking (case 45)',
    thinkingModel,
    { ...said('x'), inferenceConfig: { maxTokens: 2000 }, additionalModelRequestFields: { ...thinking(), top_k: 5 } },
    '`top_k` must be unset',
  ],
  [
    'maxTokens above the limit (case 47)',
    plainModel,
    { ...said('x'), inferenceConfig: { maxTokens: 5000 } },
    'The maximum tokens you requested exceeds the model limit of 4096.',
  ],
  [
    'stop sequences on gpt-oss',
    oss,
    { ...said('x'), inferenceConfig: { stopSequences: ['a'] } },
    "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
  ],
  [
    'an unknown extra field (case 17)',
    plainModel,
    { ...said('x'), additionalModelRequestFields: { user: 'me' } },
    'user: Extra inputs are not permitted',
  ],
  [
    'thinking on a model without (case 54)',
    plainModel,
    { ...said('x'), additionalModelRequestFields: thinking() },
    'thinking: Extra inputs are not permitted',
  ],
  [
    'effort in a foreign field (case 53)',
    oss,
    { ...said('x'), additionalModelRequestFields: { reasoning: { effort: 'low' } } },
    'reasoning: Extra inputs are not permitted',
  ],
  [
    'effort none on gpt-oss (case 52)',
    oss,
    { ...said('x'), additionalModelRequestFields: { reasoning_effort: 'none' } },
    'Invalid reasoning_effort',
  ],
  [
    'an unknown member of thinking (case 17)',
    thinkingModel,
    { ...said('x'), additionalModelRequestFields: thinking({ foo: 1 }) },
    'thinking.foo: Extra inputs are not permitted',
  ],
  [
    'the long-context beta after its time (case 88)',
    thinkingModel,
    { ...said('x'), additionalModelRequestFields: { anthropic_beta: ['context-1m-2025-08-07'] } },
    'invalid beta flag',
  ],
  [
    'an unknown beta (case 88)',
    thinkingModel,
    { ...said('x'), additionalModelRequestFields: { anthropic_beta: ['nonsense'] } },
    'invalid beta flag',
  ],
  [
    'a budget not below maxTokens (case 50)',
    thinkingModel,
    { ...said('x'), inferenceConfig: { maxTokens: 1024 }, additionalModelRequestFields: thinking() },
    '`max_tokens` must be greater than `thinking.budget_tokens`',
  ],
  [
    'a budget below 1024 (case 50)',
    thinkingModel,
    { ...said('x'), additionalModelRequestFields: thinking({ budget_tokens: 100 }) },
    'greater than or equal to 1024',
  ],
  [
    'enabled on Opus 4.7 (case 51)',
    opus47,
    { ...said('x'), additionalModelRequestFields: thinking() },
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort"',
  ],
  [
    'adaptive on Sonnet 4.5',
    thinkingModel,
    { ...said('x'), additionalModelRequestFields: { thinking: { type: 'adaptive' } } },
    'adaptive thinking is not supported on this model',
  ],
  [
    'disabled on Opus 5.5',
    opus55,
    { ...said('x'), additionalModelRequestFields: { thinking: { type: 'disabled' } } },
    '"thinking.type.disabled" is not supported',
  ],
  [
    'effort xhigh on Opus 4.6 (case 52)',
    opus46,
    { ...said('x'), additionalModelRequestFields: { output_config: { effort: 'xhigh' } } },
    "Input should be 'low' or 'medium' or 'high' or 'max'",
  ],
  [
    'effort max without thinking on Sonnet 5',
    sonnet5,
    {
      ...said('x'),
      additionalModelRequestFields: { thinking: { type: 'disabled' }, output_config: { effort: 'max' } },
    },
    'when thinking is disabled',
  ],
  [
    'seventeen pairs of metadata (case 103)',
    plainModel,
    { ...said('x'), requestMetadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) },
    'less than or equal to 16',
  ],
  ['an odd character in metadata', plainModel, { ...said('x'), requestMetadata: { key: 'ü' } }, 'regular expression'],
  [
    'a service tier in text',
    plainModel,
    { ...said('x'), serviceTier: 'default' },
    'can not be converted to a structure',
  ],
  [
    'optimized latency on Claude 3',
    plainModel,
    { ...said('x'), performanceConfig: { latency: 'optimized' } },
    'Latency performance configuration is not supported',
  ],
  [
    'an unknown member of a message (case 16)',
    plainModel,
    { messages: [{ ...user(hi), name: 'me' }] },
    '#/messages/0: extraneous key [name] is not permitted',
  ],
  [
    'a block with two members',
    plainModel,
    { messages: [user({ text: 'a', ...png })] },
    'must set exactly one of the following keys: text, image',
  ],
  ['a field of another type', plainModel, { messages: 'hello' }, 'can not be converted to a list'],
];

const media: readonly Broken[] = [
  [
    'an image for a text model',
    llama,
    { messages: [user(hi, png)] },
    "This model doesn't support the image content block that you provided.",
  ],
  [
    'an image that is not what it says (case 68)',
    plainModel,
    { messages: [user(hi, { image: { ...png.image, format: 'jpeg' } })] },
    'Could not process image',
  ],
  [
    'an image of 4 MB (case 70)',
    plainModel,
    { messages: [user(hi, { image: { format: 'png', source: { bytes: 'A'.repeat(5_300_000) } } })] },
    'image exceeds 5 MB maximum',
  ],
  [
    '21 images (case 71)',
    plainModel,
    { messages: [user(hi, ...Array.from({ length: 21 }, () => png))] },
    'too many images and documents: 21 + 0 > 20',
  ],
  [
    'a document name with a dot (case 72)',
    plainModel,
    { messages: [user(hi, document('a.txt'))] },
    'The document file name can only contain',
  ],
  [
    'the same document name twice (case 72)',
    plainModel,
    { messages: [user(hi, document(), document())] },
    'must be unique',
  ],
  ['a document alone', plainModel, { messages: [user(document())] }, 'A text block must be included'],
  [
    'six documents (case 73)',
    plainModel,
    { messages: [user(hi, ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => document(name)))] },
    'too many documents',
  ],
  [
    'broken base64',
    plainModel,
    { messages: [user(hi, document('a', { source: { bytes: 'a-b_' } }))] },
    'not valid base64',
  ],
  [
    'five cache points (case 76)',
    thinkingModel,
    { messages: [user(hi, point, hi, point, hi, point, hi, point, hi, point)] },
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  ],
  [
    'a cache point inside a result (case 77)',
    thinkingModel,
    { messages: [user(hi), assistant(call()), user(result('t1', { content: [point] }))], toolConfig },
    'extraneous key [cachePoint]',
  ],
  [
    'an hour after five minutes (case 78)',
    thinkingModel,
    { system: [hi, point], messages: [user(hi, { cachePoint: { type: 'default', ttl: '1h' } })] },
    "a ttl='1h' cache_control block must not come after",
  ],
  [
    'an hour on Sonnet 3.7 (case 78)',
    'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
    { messages: [user(hi, { cachePoint: { type: 'default', ttl: '1h' } })] },
    'ttl',
  ],
  [
    'a cache point in Nova’s tools (case 79)',
    nova,
    { ...said('x'), toolConfig: { tools: [spec(), point] } },
    '#/toolConfig/tools/1: extraneous key [cachePoint] is not permitted',
  ],
  [
    'a cache point after a document that is no PDF (case 80)',
    thinkingModel,
    { messages: [user(hi, document(), point)] },
    'messages.0.content.2.type: Field required',
  ],
];

describe.each([
  ['the conversation', conversation],
  ['tools', tools],
  ['parameters', parameters],
  ['media and caching', media],
] as const)('laws of %s', (_, cases) => {
  test.each(cases)('%s is refused', async (_wrong, model, body, words) => {
    const answer = await post(await simulator(), model, body);
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringContaining(words) } });
    expect(['ValidationException', 'SerializationException']).toContain(answer.type);
  });
});

describe('what is lawful', () => {
  const lawful: readonly (readonly [string, string, object])[] = [
    ['an assistant first on Claude', plainModel, { messages: [assistant(hi), user(hi)] }],
    ['prefill on Claude 3', plainModel, { messages: [user(hi), assistant({ text: 'so' })] }],
    [
      'text after results on Claude',
      plainModel,
      { messages: [user(hi), assistant(call()), user(result(), hi)], toolConfig },
    ],
    [
      'a nine-character id on Mistral',
      mistral,
      { messages: [user(hi), assistant(call('abcdefgh1')), user(result('abcdefgh1'))], toolConfig },
    ],
    [
      'forced choice with thinking on Sonnet 5',
      sonnet5,
      { ...said('x'), toolConfig: { ...toolConfig, toolChoice: { any: {} } } },
    ],
    ['a system message on Sonnet 5', sonnet5, { messages: [user(hi), { role: 'system', content: [hi] }] }],
    ['top_k of Nova', nova, { ...said('x'), additionalModelRequestFields: { inferenceConfig: { topK: 1 } } }],
    ['reasoning_effort on gpt-oss', oss, { ...said('x'), additionalModelRequestFields: { reasoning_effort: 'high' } }],
    ['an image that is a PNG', plainModel, { messages: [user(hi, png)] }],
    ['four cache points', thinkingModel, { messages: [user(hi, point, hi, point, hi, point, hi, point)] }],
    [
      'parallel calls switched off',
      plainModel,
      {
        ...said('x'),
        toolConfig,
        additionalModelRequestFields: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      },
    ],
    [
      'parallel calls switched off beside a forced choice',
      plainModel,
      {
        ...said('x'),
        toolConfig: { ...toolConfig, toolChoice: { any: {} } },
        additionalModelRequestFields: { tool_choice: { disable_parallel_tool_use: true } },
      },
    ],
  ];
  test.each(lawful)('%s is answered', async (_, model, body) => {
    const answer = await post(await simulator(), model, body);
    expect(answer.json).toMatchObject({ output: { message: { role: 'assistant' } } });
  });
});

describe('models', () => {
  const ids: readonly Broken[] = [
    [
      'a profile-only model by its bare id (case 83)',
      'anthropic.claude-sonnet-4-5-20250929-v1:0',
      said('x'),
      'with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
    ],
    ['a model that nobody knows', 'gpt-4o', said('x'), 'The provided model identifier is invalid.'],
    [
      'a profile of another geography',
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      said('x'),
      'The provided model identifier is invalid.',
    ],
  ];
  test.each(ids)('%s is refused', async (_, model, body, words) => {
    expect((await post(await simulator(), model, body)).json.message).toContain(words);
  });

  test('ARNs of profiles and application profiles are dialled (case 87)', async () => {
    const application = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
    const target = await simulator({ profiles: { [application]: thinkingModel } });
    for (const arn of [application, `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${thinkingModel}`])
      expect((await post(target, arn, said('x'))).status).toBe(200);
  });

  test('tools are refused in a stream only, where the family wants it so (case 32)', async () => {
    const target = await simulator();
    const body = { ...said('x'), toolConfig };
    expect((await post(target, llama, body, 'converse-stream')).json.message).toBe(
      "This model doesn't support tool use in streaming mode.",
    );
    expect((await post(target, llama, body)).status).toBe(200);
  });

  test('a cache point on a model without caching is an AccessDeniedException (case 75)', async () => {
    const answer = await post(await simulator(), qwen, { messages: [user(hi, point)] });
    expect(answer).toMatchObject({ status: 403, type: 'AccessDeniedException' });
    expect(answer.json.message).toBe(
      'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
    );
  });
});

describe('thoughts on their way back', () => {
  const ask = {
    messages: [user({ text: 'call f please, the tool' })],
    toolConfig,
    inferenceConfig: { maxTokens: 2000 },
    additionalModelRequestFields: thinking(),
  };

  /** A first turn with a thought and a call, and the messages that continue it. */
  async function thoughtful(model: string, request: object = ask) {
    const target = await simulator();
    const first = (await post(target, model, request)).json.output.message.content;
    const id = first.find((block: { toolUse?: { toolUseId: string } }) => block.toolUse).toolUse.toolUseId;
    const next = (content: unknown[]) =>
      post(target, model, { ...request, messages: [...ask.messages, assistant(...content), user(result(id))] });
    return { first, next };
  }

  test('an unchanged thought is taken, a changed or foreign one refused (case 58)', async () => {
    const { first, next } = await thoughtful(thinkingModel);
    expect(first[0].reasoningContent.reasoningText.signature).toBeTruthy();
    expect((await next(first)).status).toBe(200);
    const { signature, text } = first[0].reasoningContent.reasoningText;
    const swap = (reasoningText: object) => next([{ reasoningContent: { reasoningText } }, ...first.slice(1)]);
    expect((await swap({ text: `${text}!`, signature })).json.message).toContain(
      'messages.1.content.0: Invalid `signature` in `thinking` block',
    );
    expect((await swap({ text, signature: 'Zm9yZWlnbg==' })).status).toBe(400);
    expect((await swap({ text })).json.message).toContain('signature: Field required');
  });

  test('a dropped thought is missed: Expected `thinking` … but found `tool_use` (case 55)', async () => {
    const { first, next } = await thoughtful(thinkingModel);
    const calls = first.filter((block: object) => 'toolUse' in block);
    expect((await next(calls)).json.message).toContain(
      'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.',
    );
  });

  test('adaptive models give empty text with a signature, and want it back (case 57)', async () => {
    const { first, next } = await thoughtful(opus55, { messages: ask.messages, toolConfig });
    expect(first[0].reasoningContent.reasoningText).toMatchObject({ text: '', signature: expect.any(String) });
    expect((await next(first)).status).toBe(200);
    expect((await next(first.slice(1))).json.message).toContain('Expected `thinking`');
  });

  test('unsigned families refuse a signature, others any thought (case 60)', async () => {
    const target = await simulator();
    const replay = (model: string, reasoningText: object) =>
      post(target, model, { messages: [user(hi), assistant({ reasoningContent: { reasoningText } }, hi), user(hi)] });
    expect((await replay(oss, { text: 'x', signature: 'y' })).json.message).toContain(
      "doesn't support the reasoningContent.reasoningText.signature field",
    );
    expect((await replay(oss, { text: 'x' })).status).toBe(200);
    expect((await replay(qwen, { text: 'x' })).status).toBe(400);
  });

  test('a redacted thought is bytes and comes back unchanged (case 61)', async () => {
    const target = await simulator();
    const request = {
      ...said('demo:redacted'),
      inferenceConfig: { maxTokens: 2000 },
      additionalModelRequestFields: thinking(),
    };
    const [block] = (await post(target, thinkingModel, request)).json.output.message.content;
    const replay = (redactedContent: string) =>
      post(target, thinkingModel, {
        ...request,
        messages: [user(hi), assistant({ reasoningContent: { redactedContent } }, hi), user(hi)],
      });
    expect((await replay(block.reasoningContent.redactedContent)).status).toBe(200);
    expect((await replay('eHh4')).json.message).toContain('Invalid `data`');
  });
});
