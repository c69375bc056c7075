import { expect, test } from 'vitest';
import { errorCodes, ProxyError } from '../../src/base/errors.ts';
import { toMessagesError } from '../../src/wire/anthropic-messages/errors.ts';
import { openaiChat } from '../../src/wire/openai-chat/format.ts';

test('every 429 and every 503 says when to come again, and nothing else does unasked', () => {
  for (const code of errorCodes) {
    const error = new ProxyError(code, 'No.');
    for (const { status, headers } of [toMessagesError(error, {}), openaiChat.toError(error, { flavour: 'plain' })])
      expect([code, status, 'retry-after' in headers]).toEqual([code, status, status === 429 || status === 503]);
  }
});

test('what the service said wins over the guess', () => {
  const error = new ProxyError('upstream_unavailable', 'No.', { retryAfterMs: 7_001 });
  expect(toMessagesError(error, {}).headers).toMatchObject({ 'retry-after': '8', 'retry-after-ms': '7001' });
});
