import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { APIUserAbortError, AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { type Composition, compose } from '../../src/compose.ts';
import { loadSettings } from '../../src/config/load.ts';

/* The official SDK against the whole program: server, translation, AWS signature, event frames, simulated Bedrock. */

const key = 'sk-cb-sdk-test';
let program: Composition;
let baseURL: string;
let openai: OpenAI;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'claude-bedrock-sdk-'));
  const env = { CLAUDE_BEDROCK_PORT: '0', CLAUDE_BEDROCK_UPSTREAM: 'demo', CLAUDE_BEDROCK_LOG_LEVEL: 'silent' };
  const result = await loadSettings({ env, paths: { configFile: join(home, 'config.toml'), state: home } });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  program = compose({ settings: result.loaded.settings, apiKey: new Secret(key), version: '0.0.0' });
  baseURL = `${(await program.listen()).url}/v1`;
  openai = new OpenAI({ apiKey: key, baseURL, maxRetries: 0 });
}, 30_000);
afterAll(async () => {
  await program.close('test over');
  rmSync(home, { recursive: true });
});

const model = 'bedrock-sonnet';
const hello = [{ role: 'user' as const, content: 'Hello' }];
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

test('a whole answer', async () => {
  const { data, response } = await openai.chat.completions.create({ model, messages: hello }).withResponse();
  expect(data.choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { role: 'assistant', content: expect.stringContaining('Hello') },
  });
  expect(data.usage?.total_tokens).toBeGreaterThan(0);
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
});

test('a streamed answer, with usage when asked', async () => {
  const stream = await openai.chat.completions.create({
    model,
    messages: hello,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage = 0;
  const reasons: string[] = [];
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason);
    if (chunk.usage) usage++;
  }
  expect(text).toContain('Hello');
  expect([reasons, usage]).toEqual([['stop'], 1]);
});

test('n = 2 gives two choices', async () => {
  const { choices } = await openai.chat.completions.create({ model, messages: hello, n: 2 });
  expect(choices.map(({ index }) => index)).toEqual([0, 1]);
});

describe('tools', () => {
  test('a tool call, its result, and the answer, as agents do it', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'What is the weather in Paris?' }];
    const first = await openai.chat.completions.create({ model, messages, tools: [weather], tool_choice: 'required' });
    const choice = first.choices[0];
    expect(choice?.finish_reason).toBe('tool_calls');
    const call = choice?.message.tool_calls?.[0];
    if (!choice || call?.type !== 'function') throw new Error('no tool call');
    expect(call.function.name).toBe('get_weather');
    expect(JSON.parse(call.function.arguments)).toHaveProperty('city');
    messages.push(choice.message, { role: 'tool', tool_call_id: call.id, content: '21 degrees' });
    const second = await openai.chat.completions.create({ model, messages, tools: [weather] });
    expect(second.choices[0]?.message.content).toBeTruthy();
  });

  test('a streamed tool call arrives in fragments that the SDK puts together', async () => {
    const stream = openai.chat.completions.stream({
      model,
      messages: hello,
      tools: [weather],
      tool_choice: 'required',
    });
    const final = await stream.finalChatCompletion();
    const call = final.choices[0]?.message.tool_calls?.[0];
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toHaveProperty('city');
  });
});

test('structured output parses into the schema', async () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
    required: ['city', 'degrees'],
    additionalProperties: false,
  };
  const completion = await openai.chat.completions.parse({
    model,
    messages: hello,
    response_format: { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } },
  });
  const { parsed } = completion.choices[0]?.message ?? {};
  expect(parsed).toEqual({ city: expect.any(String), degrees: expect.any(Number) });
});

test('thinking comes as reasoning_content', async () => {
  const { choices } = await openai.chat.completions.create({ model, messages: hello, reasoning_effort: 'high' });
  expect(choices[0]?.message).toHaveProperty('reasoning_content');
});

describe('errors become the SDK’s own classes', () => {
  test('a wrong key', async () => {
    const stranger = new OpenAI({ apiKey: 'wrong', baseURL, maxRetries: 0 });
    await expect(stranger.chat.completions.create({ model, messages: hello })).rejects.toThrow(AuthenticationError);
  });

  test('a wrong body, with the parameter that is wrong', async () => {
    const failed = openai.chat.completions.create({ model, messages: 'hi' as never });
    await expect(failed).rejects.toThrow(BadRequestError);
    await expect(failed).rejects.toMatchObject({ param: 'messages', type: 'invalid_request_error' });
  });

  test('an unknown route and an unknown model', async () => {
    await expect(openai.moderations.create({ input: 'x' })).rejects.toThrow(NotFoundError);
    await expect(openai.models.retrieve('no-such-model')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

test('an aborted stream stops', async () => {
  const abort = new AbortController();
  const stream = await openai.chat.completions.create(
    { model, messages: [{ role: 'user', content: 'word '.repeat(100) }], stream: true },
    { signal: abort.signal },
  );
  let chunks = 0;
  const reading = (async () => {
    for await (const _ of stream) if (++chunks === 2) abort.abort();
  })();
  await reading.catch((error: unknown) => expect(error).toBeInstanceOf(APIUserAbortError));
  expect(chunks).toBeLessThan(50);
});

test('models are listed, aliases among them, and each is found by its id', async () => {
  const ids: string[] = [];
  for await (const { id } of openai.models.list()) ids.push(id);
  expect(ids).toContain('bedrock-sonnet');
  expect(ids.some((id) => id.startsWith('claude-'))).toBe(true);
  for (const id of ids.slice(0, 5)) expect((await openai.models.retrieve(encodeURIComponent(id))).object).toBe('model');
});
