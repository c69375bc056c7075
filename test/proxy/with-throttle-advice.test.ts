import { expect, test } from 'vitest';
import { type ErrorFacts, ProxyError } from '../../src/base/errors.ts';
import { withThrottleAdvice } from '../../src/proxy/with-throttle-advice.ts';
import { aCall, anAnswer, drain, scripted, singly } from './call-fixture.ts';

async function throttled(
  said: string,
  facts: ErrorFacts = {},
  usual: () => Promise<number | undefined> = async () => undefined,
) {
  const upstream = scripted(() => [new ProxyError('upstream_limited', said, facts)]);
  const messages = [{ role: 'user' as const, content: [{ text: 'x'.repeat(3600) }] }];
  const call = aCall({ model: 'bedrock-opus', request: { messages, inferenceConfig: { maxTokens: 64_000 } } });
  const { error } = await drain(withThrottleAdvice({ usualOutput: usual })(upstream)(call));
  if (!(error instanceof ProxyError)) throw new Error('it must fail');
  return error;
}

test('case 97: a throttled call says which quota, what it reserved, how long to wait and what max_tokens would do', async () => {
  const error = await throttled(
    'Too many tokens, please wait before trying again.',
    { retryAfterMs: 11_500 },
    async () => 2_000,
  );
  expect(error.publicMessage).toBe(
    'Bedrock throttled bedrock-opus in eu-central-1: the tokens-per-minute quota. ' +
      'This request reserved about 64,900 tokens at its start: 900 of input and 64,000 of max_tokens. ' +
      "In the last 7 days 99 % of this model's answers were at most 2,000 tokens: max_tokens 2,560 would reserve 95 % less. " +
      'Try again in 12 s.',
  );
  expect(error.facts).toMatchObject({ retryAfterMs: 11_500, fix: 'claude-bedrock quota' });
});

test('case 97: a daily quota is told as such, and no wait is promised', async () => {
  const error = await throttled('Too many tokens per day, please wait.', { exhausted: true, retryAfterMs: 5_000 });
  expect(error.publicMessage).toContain('the tokens-per-day quota of the account is used up');
  expect(error.publicMessage).not.toContain('Try again in');
  expect(error.facts.exhausted).toBe(true);
});

test('a quota of requests says nothing of tokens; an answer without words claims nothing', async () => {
  expect((await throttled('Too many requests, please wait.')).publicMessage).toBe(
    'Bedrock throttled bedrock-opus in eu-central-1: the requests-per-minute quota.',
  );
  expect((await throttled('Slow down.')).publicMessage).toContain(
    'a quota of the account, or Bedrock itself is short of capacity',
  );
});

test('a ledger that fails costs the advice, not the error', async () => {
  const error = await throttled('Too many tokens.', {}, () => Promise.reject(new Error('locked')));
  expect(error.publicMessage).toContain('reserved about 64,900 tokens');
  expect(error.publicMessage).not.toContain('99 %');
});

test('other errors, and answers, pass as they are', async () => {
  const other = new ProxyError('forbidden', 'No.');
  const failing = withThrottleAdvice({ usualOutput: async () => 1 })(scripted(() => [other]));
  expect((await drain(failing(aCall()))).error).toBe(other);
  const serving = withThrottleAdvice({ usualOutput: async () => 1 })(scripted(() => singly(anAnswer())));
  expect((await drain(serving(aCall()))).events).toEqual(singly(anAnswer()).flat());
});

test.each([
  [16_384, 'reserved about 16,385 tokens at its start: 1 of input and 16,384 of max_tokens'],
  [1_000_000, 'reserved about 64,001 tokens at its start: 1 of input and 64,000 of max_tokens'],
])(
  'a request that names no max_tokens reserved the default of %i, never more than the model can say',
  async (usual, told) => {
    const throttling = scripted(() => [new ProxyError('upstream_limited', 'Too many tokens.')]);
    const advice = { usualOutput: async () => undefined, defaultMaxTokens: () => usual };
    const call = aCall({ request: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] } });
    const { error } = await drain(withThrottleAdvice(advice)(throttling)(call));
    expect(error).toMatchObject({ publicMessage: expect.stringContaining(told) });
  },
);
