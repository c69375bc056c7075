import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/base/json.ts';
import { toolSchema } from '../../src/converse/json-schema.ts';
import { mendSchema } from '../../src/converse/mend-schema.ts';
import { processorMs } from '../processor-time.ts';

describe('a tool schema of an older draft says the same in the words of draft 2020-12', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'a tuple (draft 7)',
      { type: 'array', items: [{ type: 'number' }, 'odd'], additionalItems: false },
      { type: 'array', prefixItems: [{ type: 'number' }, {}], items: false },
    ],
    ['an exclusive bound (draft 4)', { minimum: 0, exclusiveMinimum: true }, { exclusiveMinimum: 0 }],
    ['an inclusive bound (draft 4)', { maximum: 9, exclusiveMaximum: false }, { maximum: 9 }],
    ['an exclusive nothing', { exclusiveMaximum: true }, {}],
    [
      'a property that demands itself (draft 3)',
      { required: ['b'], properties: { a: { type: 'string', required: true }, b: { required: false } } },
      { required: ['b', 'a'], properties: { a: { type: 'string' }, b: {} } },
    ],
  ])('%s', (_, given, lawful) => {
    expect(mendSchema(given)).toEqual(lawful);
  });
});

describe('what no draft allows goes, or gets its lawful spelling', () => {
  test.each<[JsonObject, JsonObject]>([
    [
      { type: 'OBJECT', properties: { n: { type: 'float' } } },
      { type: 'object', properties: { n: { type: 'number' } } },
    ],
    [{ type: 'any' }, {}],
    [{ type: ['string', 'int', 'string'] }, { type: ['string', 'integer'] }],
    [{ type: ['string', 'whatever'] }, {}],
    [{ type: [] }, {}],
    [{ properties: null, required: null, enum: null, description: null }, {}],
    [{ properties: [], anyOf: [], items: 'x', examples: 'x' }, {}],
    [{ required: ['a', 'a', 1] }, { required: ['a'] }],
    [{ minimum: '1', maxLength: 1.5, minItems: -1, multipleOf: 0 }, { minimum: 1 }],
    [{ anyOf: [null, { type: 'string' }] }, { anyOf: [{ type: 'string' }] }],
    [
      { not: { enum: {} }, additionalProperties: { type: 'int' } },
      { not: {}, additionalProperties: { type: 'integer' } },
    ],
    [
      { default: null, const: null, nullable: true, 'x-own': [] },
      { default: null, const: null, nullable: true, 'x-own': [] },
    ],
  ])('%j', (given, lawful) => {
    expect(mendSchema(given)).toEqual(lawful);
  });

  test('names of properties are no keywords, whatever they are', () => {
    const given = JSON.parse('{"properties":{"type":{},"required":"x","__proto__":{"type":"INTEGER"}}}') as JsonObject;
    expect(JSON.stringify(mendSchema(given))).toBe(
      '{"properties":{"type":{},"required":{},"__proto__":{"type":"integer"}}}',
    );
  });
});

const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
const keyword = fc.constantFrom(
  'type',
  'items',
  'properties',
  'anyOf',
  'required',
  'minimum',
  'exclusiveMinimum',
  'enum',
);
const anySchema = fc.dictionary(
  keyword,
  fc.oneof(anyJson, fc.dictionary(keyword, anyJson)),
) as fc.Arbitrary<JsonObject>;

test('whatever a schema holds, mending it once is enough, and the given one stays as it was', () => {
  fc.assert(
    fc.property(anySchema, (schema) => {
      const before = structuredClone(schema);
      const lawful = mendSchema(schema);
      expect(mendSchema(lawful)).toBe(lawful);
      expect(schema).toEqual(before);
    }),
  );
});

test('a lawful schema is the same object, and a hundred tools cost little', () => {
  const property = { type: 'string', description: 'words', enum: ['a', 'b'] };
  const schema: JsonObject = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`p${at}`, { ...property }])),
    required: ['p0'],
    additionalProperties: false,
  };
  expect(toolSchema(schema)).toBe(schema);
  const spent = processorMs(() => {
    for (let tool = 0; tool < 100; tool++) toolSchema(schema);
  });
  expect(spent).toBeLessThan(100);
});

test('a reference is followed when its name is percent-encoded, as generics are', () => {
  const $defs = { 'Page<Item>': { type: 'string' }, '100%': { type: 'number' } };
  const properties = { a: { $ref: '#/$defs/Page%3CItem%3E' }, b: { $ref: '#/$defs/100%' } };
  expect(toolSchema({ type: 'object', $defs, properties })).toEqual({
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'number' } },
  });
});
