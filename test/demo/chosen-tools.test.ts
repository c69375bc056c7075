import { expect, test } from 'vitest';
import { chosenTools } from '../../src/demo/chosen-tools.ts';
import type { ConverseBody, Message } from '../../src/demo/converse-body.ts';

const spec = (name: string) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } });
const user = (text: string): Message => ({ role: 'user', content: [{ text }] });

const chosen = (messages: Message[], forced: boolean): string[] => {
  const toolConfig: ConverseBody['toolConfig'] = {
    tools: [spec('get_weather'), spec('final_result')],
    ...(forced ? { toolChoice: { any: {} } } : {}),
  };
  const body = { messages, system: [], inferenceConfig: {}, toolConfig, additionalModelRequestFields: {} };
  return chosenTools(body).map(({ name }) => name);
};

const answered: Message[] = [
  user('What is the weather?'),
  { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 'get_weather', input: {} } }] },
  { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [{ text: 'Rain' }] } }] },
];

test('after a result a forced call goes to a tool that has not answered yet, so that an agent comes to its end', () => {
  expect(chosen(answered.slice(0, 1), true)).toEqual(['get_weather']);
  expect(chosen(answered, true)).toEqual(['final_result']);
  expect(chosen(answered, false)).toEqual([]);
});

test('what was called for an earlier question does not count as answered for the next', () => {
  const final = {
    role: 'assistant' as const,
    content: [{ toolUse: { toolUseId: '2', name: 'final_result', input: {} } }],
  };
  const taken = { role: 'user' as const, content: [{ toolResult: { toolUseId: '2', content: [{ text: 'ok' }] } }] };
  expect(chosen([...answered, final, taken, ...answered], true)).toEqual(['final_result']);
});
