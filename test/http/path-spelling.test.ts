import { expect, test } from 'vitest';
import { plainTarget } from '../../src/http/path-spelling.ts';

test('base URLs typed with a slash too many, or with /v1 twice, lead to the same routes', () => {
  expect(plainTarget('//chat/completions')).toBe('/chat/completions');
  expect(plainTarget('/v1//chat/completions')).toBe('/v1/chat/completions');
  expect(plainTarget('/v1/v1/messages?beta=true')).toBe('/v1/messages?beta=true');
  expect(plainTarget('/cursor/v1/v1/models')).toBe('/cursor/v1/models');
  expect(plainTarget('/v1/models/')).toBe('/v1/models');
  expect(plainTarget('/v1/chat/completions/?x=1')).toBe('/v1/chat/completions?x=1');
});

test('all else is passed on as it came: queries, model ids with slashes, the dashboard’s own place', () => {
  for (const target of [
    '/',
    '/ui/',
    '/ui/?a',
    '/v1',
    '/v1/v10/models',
    '/v1/chat/completions?next=/a/b/',
    '/v1/models/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x',
  ])
    expect(plainTarget(target)).toBe(target);
});
