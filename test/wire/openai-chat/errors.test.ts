import { expect, test } from 'vitest';
import { errorCodes, ProxyError } from '../../../src/base/errors.ts';
import { openaiChat } from '../../../src/wire/openai-chat/format.ts';
import { expectPublished } from './published.ts';

const plain = { flavour: 'plain' } as const;

test("every code has OpenAI's shape and an HTTP status", () => {
  for (const code of errorCodes) {
    const { status, body } = openaiChat.toError(new ProxyError(code, 'What happened.'), plain);
    expectPublished('ErrorResponse', body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  }
});

test('the message ends with the command that mends it, and param is told', () => {
  const error = new ProxyError('invalid_request', 'It is wrong.', {
    fix: 'do this',
    param: 'messages[0]',
    detail: 'SECRET',
  });
  expect(openaiChat.toError(error, plain)).toEqual({
    status: 400,
    body: {
      error: { message: 'It is wrong. Fix: do this', type: 'invalid_request_error', param: 'messages[0]', code: null },
    },
    headers: {},
  });
});

test('case 96: overflow is 400 context_length_exceeded, upon which clients compact', () => {
  expect(openaiChat.toError(new ProxyError('context_length', 'Too long.'), plain)).toMatchObject({
    status: 400,
    body: { error: { code: 'context_length_exceeded' } },
  });
});

test('case 97: throttling says when to come back; a daily quota says not to', () => {
  const soon = new ProxyError('upstream_limited', 'Slow down.', { retryAfterMs: 1500 });
  expect(openaiChat.toError(soon, plain)).toMatchObject({
    status: 429,
    headers: { 'retry-after': '2', 'retry-after-ms': '1500' },
    body: { error: { code: 'rate_limit_exceeded' } },
  });
  const today = new ProxyError('upstream_limited', 'Too many tokens per day.', { exhausted: true });
  expect(openaiChat.toError(today, plain)).toMatchObject({
    status: 429,
    headers: { 'x-should-retry': 'false' },
    body: { error: { code: 'insufficient_quota' } },
  });
});

test('case 102: a sign-in problem is 401, but 400 for Cursor, which hides the text of a 401', () => {
  const error = new ProxyError('sign_in_needed', 'Sign in.', { fix: 'claude-bedrock auth login' });
  expect(openaiChat.toError(error, plain).status).toBe(401);
  expect(openaiChat.toError(error, { flavour: 'cursor' }).status).toBe(400);
  expect(openaiChat.toError(new ProxyError('unauthorized', 'Key.'), { flavour: 'cursor' }).status).toBe(401);
});
