import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, startDemo } from './running-demo.ts';

/* Structured output on models of every way: their own format, a forced tool, a tool by word, an instruction (cases 63–67). */

let demo: Awaited<ReturnType<typeof startDemo>>;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo.close());

const schema = {
  type: 'object',
  properties: { city: { type: 'string', minLength: 1 }, degrees: { type: 'integer', maximum: 60 } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};
const formats = [
  { type: 'json_schema' as const, json_schema: { name: 'weather', strict: true, schema } },
  { type: 'json_object' as const },
];

describe.each([
  'claude-sonnet-4-5',
  'claude-opus-5',
  'claude-opus-5-5',
  'claude-3-haiku',
  'mistral.mistral-7b-instruct-v0:2',
])('cases 63–67: %s', (model) => {
  test.each(formats)('$type, streamed and not', async (response_format) => {
    const openai = new OpenAI({ apiKey, baseURL: demo.baseUrl, maxRetries: 0 });
    const asked = { model, messages: [{ role: 'user' as const, content: 'The day in Oslo' }], response_format };
    const whole = await openai.chat.completions.create(asked);
    let text = '';
    for await (const { choices } of await openai.chat.completions.create({ ...asked, stream: true }))
      text += choices[0]?.delta.content ?? '';
    const wanted =
      response_format.type === 'json_schema' ? { city: expect.any(String), degrees: expect.any(Number) } : {};
    for (const content of [whole.choices[0]?.message.content ?? '', text])
      expect(JSON.parse(content)).toMatchObject(wanted);
    expect(whole.choices[0]?.finish_reason).toBe('stop');
  });
});
