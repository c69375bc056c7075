import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, startDemo } from './running-demo.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
let client: Anthropic;

beforeAll(async () => {
  demo = await startDemo();
  client = new Anthropic({ apiKey, baseURL: demo.url, maxRetries: 0 });
});
afterAll(() => demo.close());

const model = 'claude-sonnet-4-5';
const max_tokens = 4000;
const tools = [
  {
    name: 'get_weather',
    description: 'Tells the weather.',
    input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
  },
];

test('a message, whole and streamed, is the same to the SDK', async () => {
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const whole = await client.messages.create({ model, max_tokens, messages });
  const streamed = await client.messages.stream({ model, max_tokens, messages }).finalMessage();
  expect(streamed.content).toEqual(whole.content);
  expect(whole.stop_reason).toBe('end_turn');
  expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
});

test('tools with thinking go round, the signed thought with them', async () => {
  const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
  const question = { role: 'user' as const, content: 'What is the weather?' };
  const first = await client.messages
    .stream({ model, max_tokens, messages: [question], tools, thinking })
    .finalMessage();
  expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use']);
  const use = first.content.find((block) => block.type === 'tool_use');
  const second = await client.messages.create({
    model,
    max_tokens,
    tools,
    thinking,
    messages: [
      question,
      { role: 'assistant', content: first.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.id ?? '', content: 'Fog' }] },
    ],
  });
  expect(second.content.at(-1)).toMatchObject({ type: 'text', text: expect.stringContaining('Fog') });
});

test('case 84: count_tokens gives Bedrock’s own count where it has one, else an estimate that says so', async () => {
  const messages = [{ role: 'user' as const, content: 'How many tokens is this sentence?' }];
  const counted = await client.messages.countTokens({ model, messages }).withResponse();
  expect(counted.data.input_tokens).toBeGreaterThan(3);
  expect(counted.response.headers.get('x-claude-bedrock-changes')).toBeNull();
  const guessed = await client.messages.countTokens({ model: 'claude-opus-5', messages }).withResponse();
  expect(guessed.data.input_tokens).toBeGreaterThanOrEqual(counted.data.input_tokens);
  expect(guessed.response.headers.get('x-claude-bedrock-changes')).toContain('input_tokens estimated');
});

test('the probes of Claude Code: HEAD / without a key, and the model list in Anthropic’s shape', async () => {
  const head = await fetch(demo.url, { method: 'HEAD' });
  expect(head.status).toBe(200);
  const page = await client.models.list({ limit: 1000 });
  expect(page.data.map(({ id }) => id)).toContain('claude-sonnet-4-5');
  expect(page.data[0]).toMatchObject({ type: 'model', display_name: expect.any(String) });
  const wrong = new Anthropic({ apiKey: 'sk-wrong', baseURL: demo.url, maxRetries: 0 });
  await expect(wrong.models.list()).rejects.toMatchObject({
    error: { type: 'error', error: { type: 'authentication_error' } },
  });
});

test('failures are Anthropic’s own errors, before the stream and inside it', async () => {
  const ask = (content: string) => ({ model, max_tokens, messages: [{ role: 'user' as const, content }] });
  await expect(client.messages.create(ask('demo:forbidden'))).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError);
  await expect(client.messages.create(ask('demo:too-long'))).rejects.toMatchObject({
    status: 400,
    error: { error: { message: expect.stringContaining('Input is too long') } },
  });
  await expect(client.messages.stream(ask('demo:cut-mid-stream')).finalMessage()).rejects.toBeInstanceOf(
    Anthropic.APIError,
  );
});
