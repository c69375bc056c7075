import { expect, test } from 'vitest';
import type { ConverseRequest } from '../../src/converse/request.ts';
import { type BedrockWishes, withWishes } from '../../src/http/bedrock-wishes.ts';

const plain: ConverseRequest = { messages: [] };
const wish = (headers: Record<string, string>, settings: BedrockWishes = {}, request = plain) =>
  withWishes(request, (name) => headers[name], settings);

test('case 103: guardrail, tier, latency and metadata go by header into the Converse request', () => {
  const { request, changes } = wish({
    'x-claude-bedrock-guardrail': 'gr1abc:7',
    'x-claude-bedrock-guardrail-trace': 'enabled',
    'x-claude-bedrock-service-tier': 'flex',
    'x-claude-bedrock-latency': 'optimized',
    'x-claude-bedrock-metadata': 'team=web, ticket=AB-1',
  });
  expect(request).toEqual({
    messages: [],
    guardrailConfig: { guardrailIdentifier: 'gr1abc', guardrailVersion: '7', trace: 'enabled' },
    serviceTier: { type: 'flex' },
    performanceConfig: { latency: 'optimized' },
    requestMetadata: { team: 'web', ticket: 'AB-1' },
  });
  expect(changes).toEqual([]);
});

test('an ARN keeps its colons, and without a version the draft is meant', () => {
  const arn = 'arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc';
  expect(wish({ 'x-claude-bedrock-guardrail': arn }).request.guardrailConfig).toEqual({
    guardrailIdentifier: arn,
    guardrailVersion: 'DRAFT',
  });
  expect(wish({ 'x-claude-bedrock-guardrail': `${arn}:3` }).request.guardrailConfig?.guardrailVersion).toBe('3');
});

test('a client cannot put off the guardrail of the settings', () => {
  const guardrail = { guardrailIdentifier: 'house', guardrailVersion: '1' };
  const { request, changes } = wish({ 'x-claude-bedrock-guardrail': 'mine:1' }, { guardrail });
  expect(request.guardrailConfig).toEqual(guardrail);
  expect(changes.map(({ what }) => what)).toEqual(['guardrail header ignored']);
});

test('a header wins over the body, the body over the setting', () => {
  const settings = { serviceTier: 'priority' as const, metadata: { team: 'house', cost: '1' } };
  const body: ConverseRequest = { messages: [], serviceTier: { type: 'flex' }, requestMetadata: { team: 'body' } };
  expect(wish({}, settings).request.serviceTier).toEqual({ type: 'priority' });
  expect(wish({}, settings, body).request).toMatchObject({
    serviceTier: { type: 'flex' },
    requestMetadata: { team: 'body', cost: '1' },
  });
  expect(wish({ 'x-claude-bedrock-service-tier': 'default' }, settings, body).request.serviceTier?.type).toBe(
    'default',
  );
});

test.each([
  ['x-claude-bedrock-guardrail', 'Not An Id!'],
  ['x-claude-bedrock-service-tier', 'fast'],
  ['x-claude-bedrock-latency', 'quick'],
  ['x-claude-bedrock-metadata', 'no-equals-sign'],
])('%s refuses %j by name', (name, value) => {
  expect(() => wish({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'invalid_request', facts: { param: name } }),
  );
});

test('without any wish the request passes untouched', () => {
  expect(wish({}).request).toBe(plain);
});
