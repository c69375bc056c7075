import { expect, test } from 'vitest';
import { tokenCounter } from '../../src/bedrock/count-tokens.ts';
import { connectTo, plainly, sampleCall } from './sample-call.ts';
import { type Asked, stubUpstream } from './stub-upstream.ts';

const counted = { status: 200, type: 'application/json', body: '{"inputTokens":7}' };

async function count(answer: { status: number; type: string; body: string }, countTokens = true) {
  const stub = await stubUpstream(({ response }: Asked) => {
    const errortype = answer.status === 200 ? {} : { 'x-amzn-errortype': answer.type };
    response.writeHead(answer.status, { 'content-type': 'application/json', ...errortype }).end(answer.body);
  });
  const call = sampleCall({ modelId: 'eu.example.model-v1:0' });
  const { info } = call.target;
  const able = { ...info, capabilities: { ...info.capabilities, countTokens } };
  const counter = tokenCounter(connectTo(stub.url), plainly);
  const tokens = await counter({ ...call, target: { ...call.target, info: able } }).catch((error: unknown) => error);
  return { tokens, asked: stub.asked };
}

test('case 84: a profile is counted by its bare id, because CountTokens refuses profiles', async () => {
  const { tokens, asked } = await count(counted);
  expect(tokens).toBe(7);
  expect(asked.map(({ path }) => path)).toEqual(['/model/example.model-v1%3A0/count-tokens']);
  expect(asked[0]?.body).toEqual({ input: { converse: { messages: [{ role: 'user', content: [{ text: 'hi' }] }] } } });
});

test('case 84: a model that Bedrock does not count is not asked about', async () => {
  const { tokens, asked } = await count(counted, false);
  expect([tokens, asked.length]).toEqual([undefined, 0]);
});

test.each([
  [400, 'ValidationException', 'The provided model does not support counting tokens.'],
  [403, 'AccessDeniedException', 'User is not authorized to perform: bedrock:CountTokens'],
  [404, 'ResourceNotFoundException', 'no such model'],
])('case 84: refused with %i %s, the number is estimated instead', async (status, type, message) => {
  const { tokens } = await count({ status, type, body: JSON.stringify({ message }) });
  expect(tokens).toBe(undefined);
});

test('a failure that says nothing of counting is a failure', async () => {
  const { tokens } = await count({ status: 429, type: 'ThrottlingException', body: '{"message":"Too many requests"}' });
  expect(tokens).toMatchObject({ code: 'upstream_limited' });
});
