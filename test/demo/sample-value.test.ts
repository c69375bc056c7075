import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { sampleValue } from '../../src/demo/sample-value.ts';

const schemas: readonly object[] = [
  { type: 'object' },
  {
    type: 'object',
    properties: { a: { type: 'integer', minimum: 5, maximum: 9 }, b: { type: 'number', exclusiveMinimum: 3 } },
    required: ['a', 'b'],
  },
  {
    type: 'object',
    properties: { list: { type: 'array', items: { enum: ['x', 'y'] }, minItems: 2 } },
    required: ['list'],
    additionalProperties: false,
  },
  {
    type: 'object',
    properties: { node: { $ref: '#/$defs/node' } },
    required: ['node'],
    $defs: {
      node: {
        type: 'object',
        properties: { next: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/node' }] } },
        required: ['next'],
      },
    },
  },
  {
    $ref: '#/$defs/step',
    $defs: {
      step: {
        type: 'object',
        properties: { what: { type: 'string' }, next: { anyOf: [{ $ref: '#/$defs/step' }, { type: 'null' }] } },
        required: ['what', 'next'],
        additionalProperties: false,
      },
    },
  },
  {
    type: 'object',
    properties: { s: { type: 'string', minLength: 20, maxLength: 30 }, n: { type: ['null', 'boolean'] } },
    required: ['s', 'n'],
  },
];

test.each(schemas)('a made-up value obeys %j', (schema) => {
  const validate = new Ajv({ strict: false }).compile(schema);
  expect(validate(sampleValue(schema, 'Book 12 seats in Rome for "Ada Lovelace"'))).toBe(true);
});

test('quoted phrases and names of the prompt become arguments', () => {
  const schema = {
    type: 'object',
    properties: { who: { type: 'string' }, where: { type: 'string' }, unit: { enum: ['celsius', 'kelvin'] } },
    required: ['who', 'where', 'unit'],
  };
  expect(sampleValue(schema, 'Ask "Ada" about the heat in Rome, in kelvin')).toEqual({
    who: 'Ada',
    where: 'Rome',
    unit: 'kelvin',
  });
});
