import { expect, test } from 'vitest';
import {
  countToConverse,
  estimateTokens,
  parseCount,
  toCount,
} from '../../../src/wire/anthropic-messages/count-tokens.ts';
import { plainContext } from '../sample-answers.ts';
import { claudeCodeBody } from './claude-code.ts';

const count = (body: object) => countToConverse(parseCount(body), plainContext);

test('what is counted is the prompt alone: messages, system and tools', () => {
  const { max_tokens, stream, metadata, context_management, ...body } = claudeCodeBody;
  const { model, request, options } = count(body);
  expect(model).toBe('claude-opus-5');
  expect(Object.keys(request).sort()).toEqual(['messages', 'system', 'toolConfig']);
  expect(options).toEqual({ thinking: { type: 'adaptive', display: 'summarized' }, effort: 'high' });
  expect(toCount(7)).toEqual({ input_tokens: 7 });
});

test('max_tokens is not needed, model and messages are', () => {
  expect(() => parseCount({ messages: [] })).toThrow('model: Field required');
  expect(() => parseCount({ model: 'm' })).toThrow('messages: Field required');
  expect(parseCount({ model: 'm', messages: [{ role: 'user', content: 'x' }] })).toMatchObject({ model: 'm' });
});

test('the estimate errs towards too many, and an image costs by picture, not by bytes', () => {
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(100); // about 1000 tokens
  const estimate = estimateTokens({ messages: [{ role: 'user', content: [{ text }] }] });
  expect(estimate).toBeGreaterThan(1000);
  expect(estimate).toBeLessThan(2000);
  const image = { image: { format: 'png' as const, source: { bytes: 'A'.repeat(1_000_000) } } };
  const result = { toolResult: { toolUseId: 't', content: [image, { text: 'x' }] } };
  expect(estimateTokens({ messages: [{ role: 'user', content: [image, result] }] })).toBeLessThan(3500);
});
