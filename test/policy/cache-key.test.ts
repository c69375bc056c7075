import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/base/json.ts';
import type { Call } from '../../src/converse/call.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import type { ConverseRequest } from '../../src/converse/request.ts';
import { cacheKey } from '../../src/policy/cache-key.ts';
import { textDigest } from '../../src/policy/text-digest.ts';
import { aCall, modelInfo } from '../proxy/call-fixture.ts';

const scope = { secret: 'random', account: '111122223333' };

const request: fc.Arbitrary<ConverseRequest> = fc.record(
  {
    messages: fc.array(
      fc.record({
        role: fc.constantFrom('user' as const, 'assistant' as const),
        content: fc.array(
          fc.oneof(
            fc.record({ text: fc.string() }),
            fc.record({ reasoningContent: fc.record({ redactedContent: fc.base64String() }) }),
          ),
          {
            maxLength: 3,
          },
        ),
      }),
      { maxLength: 3 },
    ),
    system: fc.array(fc.record({ text: fc.string() }), { maxLength: 2 }),
    inferenceConfig: fc.record(
      {
        maxTokens: fc.integer({ min: 1, max: 4 }),
        temperature: fc.constantFrom(0, 0.5, 1),
        topP: fc.constantFrom(0.1, 0.9),
        stopSequences: fc.array(fc.string(), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
    toolConfig: fc.record({
      tools: fc.array(
        fc.record({
          toolSpec: fc.record({ name: fc.constantFrom('a', 'b'), inputSchema: fc.record({ json: fc.constant({}) }) }),
        }),
      ),
      toolChoice: fc.constantFrom({ auto: {} }, { any: {} }, { tool: { name: 'a' } }),
    }),
  },
  { requiredKeys: ['messages'] },
);
const options: fc.Arbitrary<ModelOptions> = fc.record(
  {
    effort: fc.constantFrom('low' as const, 'high' as const),
    topK: fc.integer({ min: 1, max: 3 }),
    parallelToolCalls: fc.boolean(),
    noToolCalls: fc.boolean(),
    betas: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
/** Everything that may change an answer; drawn from small sets, so that equal and nearly equal pairs come up often. */
const identity = fc.record({
  principal: fc.constantFrom('key_a', 'key_b'),
  account: fc.constantFrom('1', '11'),
  region: fc.constantFrom('eu-central-1', 'us-east-1'),
  modelId: fc.constantFrom('m1', 'm11'),
  effort: fc.constantFrom(undefined, 'low' as const, 'high' as const),
  options,
  request,
});
type Identity = typeof identity extends fc.Arbitrary<infer Value> ? Value : never;

function keyOf(
  { principal, account, region, modelId, effort, ...rest }: Identity,
  different: Partial<Call> = {},
): string {
  const target = { modelId, region, info: modelInfo, known: true, ...(effort && { effort }) };
  const call = aCall({ ...rest, target, principal: { id: principal, name: 'x', scope: 'inference' }, ...different });
  return cacheKey(call, { secret: 'random', account });
}

test('case 104: two calls share a key exactly when nothing that can change the answer differs', () => {
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      expect(keyOf(one) === keyOf(other)).toBe(canonicalJson(one) === canonicalJson(other));
    }),
    { numRuns: 2000 },
  );
});

test('case 104: any one difference makes another key', () => {
  fc.assert(
    fc.property(
      identity,
      identity,
      fc.constantFrom(...(['principal', 'account', 'region', 'modelId', 'effort', 'options', 'request'] as const)),
      (one, other, field) => {
        const changed = { ...one, [field]: other[field] };
        expect(keyOf(one) === keyOf(changed)).toBe(canonicalJson(one[field]) === canonicalJson(other[field]));
      },
    ),
    { numRuns: 2000 },
  );
});

test('all formats, streamed or not, share a key: the same question has the same answer', () => {
  fc.assert(
    fc.property(identity, (one) => {
      expect(keyOf(one, { format: 'anthropic-messages', stream: false, id: 'req_2', model: 'alias' })).toBe(keyOf(one));
    }),
  );
});

test('case 104: strings that a digest reads alike, or that hold our own marks, are kept apart', () => {
  const keyOfText = (...texts: string[]) =>
    cacheKey(aCall({ request: { messages: [{ role: 'user', content: texts.map((text) => ({ text })) }] } }), scope);
  const apart = [
    '\ud800',
    '\ud801',
    '\udc00',
    '\ufffd',
    '"\\ud800"',
    'a"1:b',
    'a',
    '1,',
    'null',
    '',
    '[]',
    '{}',
    '\\8:"\\ud800"',
  ];
  expect(new Set(apart.map((text) => keyOfText(text))).size).toBe(apart.length);
  expect(keyOfText('a', 'b')).not.toBe(keyOfText('ab'));
  expect(keyOfText('a', 'b')).not.toBe(keyOfText('a"1:b'));
});

test('the key means nothing outside the process, and holds none of the text', () => {
  const call = aCall();
  expect(cacheKey(call, scope)).not.toBe(cacheKey(call, { ...scope, secret: 'another' }));
  expect(cacheKey(call, scope)).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('case 104: the order of members makes no other key, in small objects and in large ones', () => {
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, turned(member)]),
    );
  };
  const keyOfSchema = (schema: unknown) =>
    cacheKey(
      aCall({
        request: {
          messages: [],
          toolConfig: { tools: [{ toolSpec: { name: 'a', inputSchema: { json: { schema } } } }] },
        },
      } as Partial<Call>),
      scope,
    );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 30 }), (schema) => {
      expect(keyOfSchema(turned(schema))).toBe(keyOfSchema(schema));
    }),
  );
  expect(keyOfSchema({ b: 1, a: 2 })).not.toBe(keyOfSchema({ b: 2, a: 1 }));
});

test('canonical JSON says the same as JSON, whatever the order of members', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(canonicalJson({ b: 1, a: { d: undefined, c: [1, undefined] } })).toBe(
    canonicalJson({ a: { c: [1, null] }, b: 1 }),
  );
});

test('case 104: long texts, known by their digest, are told apart to the last character, and the same wherever they stand', () => {
  const long = 'All work and no play. '.repeat(100);
  const digestOf = textDigest('random');
  const keys = (text: string) =>
    [digestOf, digestOf, undefined].map((shared) =>
      cacheKey(aCall({ request: { messages: [{ role: 'user', content: [{ text }] }] } }), {
        ...{ secret: 'random', account: '1' },
        ...(shared && { digestOf: shared }),
      }),
    );
  const variants = ['', 'x', '\ud800', '\udc00', '\ufffd'].map((end) => keys(long + end));
  for (const [one, ...others] of variants) expect(others).toEqual([one, one]);
  expect(new Set(variants.flat()).size).toBe(variants.length);
});
