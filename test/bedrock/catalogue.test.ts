import { describe, expect, test } from 'vitest';
import { type CatalogueOptions, createCatalogue } from '../../src/bedrock/catalogue.ts';
import { shippedPrice } from '../../src/bedrock/shipped-models.ts';

const catalogue = (options: Partial<CatalogueOptions> = {}) =>
  createCatalogue({
    region: 'eu-central-1',
    defaultModel: 'bedrock-sonnet',
    unknownModels: 'default',
    aliases: {},
    ...options,
  });

describe('names', () => {
  test.each([
    ['bedrock-sonnet', 'eu.anthropic.claude-sonnet-5'],
    ['bedrock-opus', 'eu.anthropic.claude-opus-5'],
    ['bedrock-haiku', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-sonnet-5', 'eu.anthropic.claude-sonnet-5'],
    ['anthropic/claude-opus-4.5', 'eu.anthropic.claude-opus-4-5-20251101-v1:0'],
    ['claude-haiku-4-5', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-haiku-4-5-20251001', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-3-5-sonnet-20241022', 'eu.anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['claude-3-5-haiku-latest', 'eu.anthropic.claude-3-5-haiku-20241022-v1:0'],
    ['Claude-Sonnet-4-6', 'eu.anthropic.claude-sonnet-4-6'],
    ['anthropic.claude-opus-4-8', 'eu.anthropic.claude-opus-4-8'],
    ['us.anthropic.claude-opus-4-8', 'us.anthropic.claude-opus-4-8'],
    ['openai.gpt-oss-120b-1:0', 'openai.gpt-oss-120b-1:0'],
    ['openai.gpt-oss-120b', 'openai.gpt-oss-120b-1:0'],
    ['claude-sonnet-4-20250514[1m]', 'eu.anthropic.claude-sonnet-4-20250514-v1:0'],
  ])('case 88: %s is %s, suffixes off', (name, modelId) => {
    expect(catalogue().resolve(name)).toMatchObject({ modelId, known: true });
  });

  test.each([
    ['claude-opus-5-thinking-xhigh-fast', 'eu.anthropic.claude-opus-5', 'xhigh'],
    ['claude-opus-4-5-thinking', 'eu.anthropic.claude-opus-4-5-20251101-v1:0', 'high'],
    ['bedrock-sonnet:high', 'eu.anthropic.claude-sonnet-5', 'high'],
    ['bedrock-sonnet (low)', 'eu.anthropic.claude-sonnet-5', 'low'],
    ['bedrock-sonnet-max', 'eu.anthropic.claude-sonnet-5', 'max'],
    ['eu.anthropic.claude-opus-5-medium', 'eu.anthropic.claude-opus-5', 'medium'],
  ])('the suffix of %s asks for effort', (name, modelId, effort) => {
    expect(catalogue().resolve(name)).toMatchObject({ modelId, effort, known: true });
  });

  test('a name that is set exactly wins over its suffix', () => {
    const target = catalogue({ aliases: { 'my-high': 'bedrock-opus' } }).resolve('my-high');
    expect(target.modelId).toBe('eu.anthropic.claude-opus-5');
    expect(target.effort).toBeUndefined();
  });

  test('case 110: an unknown gpt name gets the default model, and the target says so', () => {
    expect(catalogue().resolve('gpt-4o')).toMatchObject({ modelId: 'eu.anthropic.claude-sonnet-5', known: false });
    expect(catalogue().resolve('claude-opus-9-20290101')).toMatchObject({
      modelId: 'eu.anthropic.claude-opus-5',
      known: false,
    });
  });

  test('unknown names are refused or dialled where the settings say so', () => {
    expect(() => catalogue({ unknownModels: 'refuse' }).resolve('gpt-4o')).toThrow(/No model is called "gpt-4o"/);
    expect(catalogue({ unknownModels: 'pass' }).resolve('gpt-4o')).toMatchObject({ modelId: 'gpt-4o', known: true });
  });

  test('an unlisted Bedrock id is dialled as it is, with the careful row of its family', () => {
    const { modelId, info } = catalogue().resolve('us.anthropic.claude-sonnet-6');
    expect(modelId).toBe('us.anthropic.claude-sonnet-6');
    expect(info.family).toBe('claude');
    expect(info.capabilities).toMatchObject({ sampling: 'none', prefill: false, structuredOutput: false });
  });

  test('case 87: ARNs are dialled as they are; those that name a model get its row', () => {
    const profile = 'arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-opus-4-6-v1';
    expect(catalogue().resolve(profile)).toMatchObject({ modelId: profile, info: { family: 'claude-4.6' } });
    const opaque = 'arn:aws:bedrock:us-west-2:111122223333:application-inference-profile/abc123';
    expect(catalogue({ aliases: { mine: opaque } }).resolve('mine')).toMatchObject({
      modelId: opaque,
      region: 'us-west-2',
      info: { family: 'claude' },
    });
  });

  test('promise 16: an ARN in a request leads to no Region that the settings do not name', () => {
    const arnIn = (region: string) => `arn:aws:bedrock:${region}:111122223333:inference-profile/us.anthropic.claude-x`;
    const told = /belongs to a Region that the settings do not name/;
    for (const region of ['us-west-2', 'elsewhere.example/', 'eu-central-1.elsewhere.example#'])
      expect(() => catalogue().resolve(arnIn(region))).toThrow(told);
    expect(catalogue({ otherRegions: ['us-west-2'] }).resolve(arnIn('us-west-2')).region).toBe('us-west-2');
    expect(catalogue({ defaultModel: arnIn('us-west-2') }).resolve('gpt-4o').region).toBe('us-west-2');
    expect(catalogue().resolve(arnIn('')).region).toBe('eu-central-1');
  });
});

describe('profiles', () => {
  test.each([
    ['us-east-1', 'us.anthropic.claude-sonnet-5'],
    ['us-gov-west-1', 'us-gov.anthropic.claude-sonnet-5'],
    ['ap-northeast-1', 'jp.anthropic.claude-sonnet-5'],
    ['ap-southeast-2', 'au.anthropic.claude-sonnet-5'],
    ['ap-southeast-1', 'global.anthropic.claude-sonnet-5'],
    ['sa-east-1', 'global.anthropic.claude-sonnet-5'],
  ])('case 83: in %s the profile-only model is %s', (region, modelId) => {
    expect(catalogue({ region }).resolve('bedrock-sonnet').modelId).toBe(modelId);
  });

  test('a set geography stands alone; global goes first when preferred', () => {
    expect(catalogue({ geography: 'us' }).resolve('bedrock-opus').modelId).toBe('us.anthropic.claude-opus-5');
    expect(catalogue({ preferGlobal: true }).resolve('bedrock-opus').modelId).toBe('global.anthropic.claude-opus-5');
    expect(catalogue({ geography: 'eu' }).resolve('openai.gpt-5.6-sol').modelId).toBe('openai.gpt-5.6-sol');
  });

  test('the price is that of the profile that is dialled, and absent where nobody knows it', () => {
    expect(catalogue({ preferGlobal: true }).resolve('claude-sonnet-4-5').price).toMatchObject({
      input: 3,
      output: 15,
    });
    expect(catalogue().resolve('claude-sonnet-4-5').price).toMatchObject({ input: 3.3, output: 16.5 });
    expect(catalogue().resolve('claude-opus-5-5')).not.toHaveProperty('price');
  });
});

describe('the list', () => {
  test('case 109: neutral names come first, each with its claude spelling', () => {
    const list = catalogue().list();
    expect(list.slice(0, 3).map((info) => info.aliases[0])).toEqual([
      'bedrock-sonnet',
      'bedrock-opus',
      'bedrock-haiku',
    ]);
    expect(list[2]?.aliases).toEqual(['bedrock-haiku', 'claude-haiku-4-5', 'claude-haiku-4-5-20251001']);
  });

  test('case 89: it holds what can be dialled from here, and no model past its life', () => {
    const ids = catalogue()
      .list()
      .map((info) => info.id);
    expect(ids).not.toContain('anthropic.claude-v2');
    // Converse does not serve it; the OpenAI-compatible endpoint does.
    expect(ids).toContain('openai.gpt-5.4');
    expect(catalogue().resolve('openai.gpt-5.4').endpoint).toBe('mantle');
    expect(ids).not.toContain('amazon.titan-embed-text-v2:0');
    expect(
      catalogue({ geography: 'eu' })
        .list()
        .map((info) => info.id),
    ).not.toContain('openai.gpt-5.6-sol');
  });

  test('every name of the list resolves to its model', () => {
    const all = catalogue();
    for (const info of all.list()) {
      for (const name of [...info.aliases, info.id])
        expect(all.resolve(name)).toMatchObject({ info: { id: info.id }, known: true });
    }
  });
});

test('the price of what answered: by its profile, by its bare id, and none for what is not in the list', () => {
  const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
  expect(shippedPrice(`global.${haiku}`)).toMatchObject({ input: 1, output: 5 });
  expect(shippedPrice(`us.${haiku}`)).toMatchObject({ input: 1.1, output: 5.5 });
  expect(shippedPrice('amazon.nova-pro-v1:0')).toMatchObject({ input: 0.8 });
  for (const unknown of ['anthropic.claude-next', 'arn:aws:bedrock:us-east-1:1:application-inference-profile/x'])
    expect(shippedPrice(unknown)).toBeUndefined();
});
