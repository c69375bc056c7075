import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, type LanguageModel, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, startDemo } from './running-demo.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
const models = new Map<string, LanguageModel>();

beforeAll(async () => {
  demo = await startDemo();
  const { baseUrl: baseURL } = demo;
  const openai = createOpenAI({ apiKey, baseURL });
  models.set('@ai-sdk/openai, Responses', openai('bedrock-sonnet'));
  models.set('@ai-sdk/openai, Chat Completions', openai.chat('bedrock-sonnet'));
  models.set('@ai-sdk/anthropic', createAnthropic({ apiKey, baseURL })('claude-sonnet-4-5'));
  const compatible = createOpenAICompatible({ name: 'claude-bedrock', apiKey, baseURL, includeUsage: true });
  models.set('@ai-sdk/openai-compatible', compatible('bedrock-sonnet'));
});
afterAll(() => demo.close());

const weather = tool({
  description: 'Tells the weather of a city.',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }),
  execute: async () => 'Sleet all day',
});

const providers = [
  '@ai-sdk/openai, Responses',
  '@ai-sdk/openai, Chat Completions',
  '@ai-sdk/anthropic',
  '@ai-sdk/openai-compatible',
];

describe.each(providers)('%s', (provider) => {
  const model = (): LanguageModel => {
    const found = models.get(provider);
    if (!found) throw new Error(`no model for ${provider}`);
    return found;
  };

  test('streams text, its end and its usage', async () => {
    const result = streamText({ model: model(), prompt: 'Hello', maxRetries: 0 });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toContain('demo model');
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
  });

  test('runs a tool and goes on with its result, streamed and whole', async () => {
    const wish = {
      tools: { weather },
      prompt: 'What is the weather in Bergen?',
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    };
    const streamed = streamText({ model: model(), ...wish });
    expect(await streamed.text).toContain('Sleet all day');
    expect((await streamed.steps).map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    const whole = await generateText({ model: model(), ...wish });
    expect(whole.text).toContain('Sleet all day');
  });

  test('a refusal is an APICallError with its status', async () => {
    const failed = generateText({ model: model(), prompt: 'demo:forbidden', maxRetries: 0 });
    const error = await failed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 403 });
  });
});

test('thinking comes as reasoning, and goes back in a tool loop', async () => {
  const anthropic = createAnthropic({ apiKey, baseURL: demo.baseUrl })('claude-sonnet-4-5');
  const result = await generateText({
    model: anthropic,
    tools: { weather },
    prompt: 'What is the weather?',
    stopWhen: stepCountIs(3),
    maxOutputTokens: 4000,
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
    maxRetries: 0,
  });
  expect(result.steps[0]?.reasoningText).toContain('demo model');
  expect(result.text).toContain('Sleet all day');
});

test('an answer that broke off is an error to the reader, not an end', async () => {
  const openai = createOpenAI({ apiKey, baseURL: demo.baseUrl })('bedrock-sonnet');
  const errors: unknown[] = [];
  const result = streamText({
    model: openai,
    prompt: 'demo:cut-mid-stream',
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  await result.consumeStream();
  expect(errors.length).toBeGreaterThan(0);
});
