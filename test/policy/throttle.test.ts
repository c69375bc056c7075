import { expect, test } from 'vitest';
import { explainThrottle } from '../../src/policy/throttle.ts';

const facts = { model: 'bedrock-sonnet', region: 'us-east-1', inputTokens: 100, exhausted: false };

test('case 97: the quota is told by Bedrock’s words; want of capacity is not taken for a quota of requests', () => {
  const quotaIn = (said: string) => explainThrottle({ ...facts, said });
  expect(quotaIn('Too many requests, please wait before trying again.')).toContain('the requests-per-minute quota');
  expect(quotaIn('Too many tokens, please wait before trying again.')).toContain('the tokens-per-minute quota');
  expect(quotaIn('Bedrock is unable to process your request.')).toContain('short of capacity');
});
