import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKey, startDemo } from './running-demo.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo.close());

const chat = (more: object = {}) =>
  new ChatOpenAI({ model: 'bedrock-sonnet', apiKey, configuration: { baseURL: demo.baseUrl }, maxRetries: 0, ...more });

const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

test('LangChain streams an answer with its usage', async () => {
  let text = '';
  const totals: unknown[] = [];
  for await (const chunk of await chat({ streamUsage: true }).stream('Hello')) {
    text += chunk.text;
    totals.push(chunk.usage_metadata);
  }
  expect(text).toContain('demo model');
  expect(totals).toContainEqual(expect.objectContaining({ total_tokens: expect.any(Number) }));
});

test.each([{ useResponsesApi: false }, { useResponsesApi: true }])('LangChain runs a tool with %o', async (wish) => {
  const model = chat(wish).bindTools([weather]);
  const question = new HumanMessage('What is the weather?');
  const first = await model.invoke([question]);
  expect(AIMessage.isInstance(first)).toBe(true);
  const call = first.tool_calls?.[0];
  expect(call?.name).toBe('get_weather');
  const result = new ToolMessage({ tool_call_id: call?.id ?? '', content: 'Hail' });
  expect((await model.invoke([question, first, result])).text).toContain('Hail');
});
