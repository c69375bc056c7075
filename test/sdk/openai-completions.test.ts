import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, startDemo } from './running-demo.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
let client: OpenAI;
beforeAll(async () => {
  demo = await startDemo();
  client = new OpenAI({ apiKey, baseURL: demo.baseUrl, maxRetries: 0 });
});
afterAll(() => demo.close());

test('a legacy completion, whole and streamed, is the same text', async () => {
  const wish = { model: 'bedrock-haiku', prompt: 'Say hello', max_tokens: 500 };
  const whole = await client.completions.create(wish);
  let text = '';
  for await (const chunk of await client.completions.create({ ...wish, stream: true }))
    text += chunk.choices[0]?.text ?? '';
  expect(whole.choices[0]?.text).toContain('demo model');
  expect(text).toBe(whole.choices[0]?.text);
  expect(whole.choices[0]?.finish_reason).toBe('stop');
});

test('a failure has OpenAI’s shape here too', async () => {
  await expect(client.completions.create({ model: 'bedrock-haiku', prompt: 'demo:daily-quota' })).rejects.toMatchObject(
    {
      status: 429,
      code: 'insufficient_quota',
    },
  );
});
