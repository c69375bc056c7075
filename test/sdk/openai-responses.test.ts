import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, headers, startDemo } from './running-demo.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
let client: OpenAI;

beforeAll(async () => {
  demo = await startDemo();
  client = new OpenAI({ apiKey, baseURL: demo.baseUrl, maxRetries: 0 });
});
afterAll(() => demo.close());

const model = 'bedrock-sonnet';
const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'Tells the weather.',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

test('a plain answer is read by the SDK, whole and streamed', async () => {
  const whole = await client.responses.create({ model, input: 'Hello' });
  expect(whole.status).toBe('completed');
  expect(whole.output_text).toContain('demo model');
  const stream = client.responses.stream({ model, input: 'Hello' });
  const types: string[] = [];
  stream.on('event', ({ type }) => types.push(type));
  const final = await stream.finalResponse();
  expect(final.output_text).toBe(whole.output_text);
  expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.output_item.added']);
  expect(types.at(-1)).toBe('response.completed');
  expect(whole.usage?.total_tokens).toBeGreaterThan(0);
});

test('a tool round trip by previous_response_id, which the SDK sends without the history', async () => {
  const first = await client.responses.create({ model, input: 'What is the weather?', tools: [weather] });
  const call = first.output.find((item) => item.type === 'function_call');
  expect(call?.name).toBe('get_weather');
  const second = await client.responses.create({
    model,
    previous_response_id: first.id,
    tools: [weather],
    input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'Rain in Lisbon' }],
  });
  expect(second.output_text).toContain('Rain in Lisbon');
  expect(second.previous_response_id).toBe(first.id);
});

test('a streamed response is kept too, and thinking survives in it', async () => {
  const stream = client.responses.stream({
    model,
    input: 'Call the weather tool',
    tools: [weather],
    reasoning: { effort: 'high', summary: 'auto' },
  });
  const first = await stream.finalResponse();
  expect(first.output.map(({ type }) => type)).toContain('reasoning');
  const call = first.output.find((item) => item.type === 'function_call');
  const next = await client.responses.create({
    model,
    previous_response_id: first.id,
    tools: [weather],
    reasoning: { effort: 'high' },
    input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'Snow' }],
  });
  expect(next.output_text).toContain('Snow');
});

test('stored responses can be shown, listed item by item, and deleted', async () => {
  const { id } = await client.responses.create({ model, input: 'Remember me' });
  expect((await client.responses.retrieve(id)).id).toBe(id);
  const items = await client.responses.inputItems.list(id);
  expect(items.data).toMatchObject([{ type: 'message', content: [{ type: 'input_text', text: 'Remember me' }] }]);
  await expect(client.responses.cancel(id)).rejects.toMatchObject({ status: 400 });
  await client.responses.delete(id);
  await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404, code: null });
});

test('what was not stored is honestly not found', async () => {
  const { id } = await client.responses.create({ model, input: 'Forget me', store: false });
  await expect(client.responses.create({ model, input: 'And?', previous_response_id: id })).rejects.toMatchObject({
    status: 400,
    code: 'previous_response_not_found',
    param: 'previous_response_id',
  });
});

test('a custom tool (a grammar) comes back as raw text', async () => {
  const response = await client.responses.create({
    model,
    input: 'Use apply_patch',
    tools: [
      {
        type: 'custom',
        name: 'apply_patch',
        description: 'Edits files.',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: /.+/' },
      },
    ],
  });
  const call = response.output.find((item) => item.type === 'custom_tool_call');
  expect(call?.name).toBe('apply_patch');
  expect(typeof call?.input).toBe('string');
});

test('structured output is parsed by the SDK', async () => {
  const response = await client.responses.create({
    model,
    input: 'A person',
    text: {
      format: {
        type: 'json_schema',
        name: 'person',
        strict: true,
        schema: {
          type: 'object',
          properties: { name: { type: 'string' } },
          required: ['name'],
          additionalProperties: false,
        },
      },
    },
  });
  expect(JSON.parse(response.output_text)).toHaveProperty('name');
});

test('failures arrive as the SDK’s own error classes, before the stream and inside it', async () => {
  await expect(client.responses.create({ model, input: 'demo:daily-quota' })).rejects.toBeInstanceOf(
    OpenAI.RateLimitError,
  );
  await expect(client.responses.create({ model, input: 'demo:too-long' })).rejects.toMatchObject({
    code: 'context_length_exceeded',
  });
  const events: string[] = [];
  const broken = await client.responses.create({ model, input: 'demo:cut-mid-stream', stream: true });
  for await (const event of broken) events.push(event.type);
  expect(events.at(-1)).toBe('response.failed');
  expect(events).not.toContain('response.completed');
});

test('every base path leads to the same route', async () => {
  for (const base of ['/v1', '', '/cursor/v1', '/cursor']) {
    const response = await fetch(`${demo.url}${base}/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model, input: 'Hi' }),
    });
    expect([base, response.status]).toEqual([base, 200]);
  }
});

test('the tokens of a request are counted for the SDK, with those of the response that it goes on from', async () => {
  const ask = { model, input: 'How many tokens is this?', tools: [weather] };
  const alone = await client.responses.inputTokens.count(ask);
  expect(alone).toMatchObject({ object: 'response.input_tokens', input_tokens: expect.any(Number) });
  const { id } = await client.responses.create({ model, input: 'A long story came before it. '.repeat(20) });
  const after = await client.responses.inputTokens.count({ ...ask, previous_response_id: id });
  expect(after.input_tokens).toBeGreaterThan(alone.input_tokens + 50);
  await expect(client.responses.inputTokens.count({ model })).rejects.toMatchObject({ status: 400, param: 'input' });
});
