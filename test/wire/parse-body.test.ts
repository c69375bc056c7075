import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonObject, parseBody } from '../../src/wire/parse-body.ts';

const schema = z.looseObject({
  model: z.string(),
  temperature: z.number().min(0).max(2).nullish(),
  n: z.int().nullish(),
  kind: z.enum(['a', 'b']).nullish(),
  shape: jsonObject.nullish(),
  items: z
    .array(z.looseObject({ content: z.union([z.string(), z.array(z.looseObject({ text: z.string() }))]).nullish() }))
    .optional(),
});

const failure = (body: unknown): { param: unknown; message: string } => {
  try {
    parseBody(schema, body);
  } catch (error) {
    if (error instanceof Error && 'facts' in error) {
      return { param: (error.facts as { param?: string }).param, message: error.message };
    }
  }
  throw new Error('the body was accepted');
};

test('a wrong field is named as the client spells it, with what would be right', () => {
  expect(failure([])).toEqual({ param: 'body', message: 'The request body must be a JSON object.' });
  expect(failure({})).toEqual({ param: 'model', message: "'model' is missing; it must be a string." });
  expect(failure({ model: 'm', temperature: 3 }).message).toBe("'temperature' must be at most 2.");
  expect(failure({ model: 'm', temperature: '1' }).message).toBe("'temperature' must be a number.");
  expect(failure({ model: 'm', n: 1.5 }).message).toBe("'n' must be a whole number.");
  expect(failure({ model: 'm', kind: 'c' }).message).toBe(`'kind' must be "a" or "b".`);
  expect(failure({ model: 'm', shape: [] }).message).toBe("'shape' must be an object.");
});

test('what misses every form of a union is said once, and what is only too short is not called another type', () => {
  const either = z.looseObject({ input: z.union([z.string(), z.array(z.string()).min(1)]) });
  const wrong = (body: object) => {
    try {
      parseBody(either, body);
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing';
  };
  expect(wrong({})).toBe("'input' is missing; it must be a string or an array.");
  expect(wrong({ input: 1 })).toBe("'input' must be a string or an array.");
  expect(wrong({ input: [] })).toBe("'input' must have a length of at least 1.");
});

test('inside a union the branch that the client meant is named', () => {
  expect(failure({ model: 'm', items: [{ content: 'x' }, { content: [{ text: 'x' }, { text: 1 }] }] })).toEqual({
    param: 'items[1].content[1].text',
    message: "'items[1].content[1].text' must be a string.",
  });
  expect(failure({ model: 'm', items: [{ content: 5 }] })).toEqual({
    param: 'items[0].content',
    message: "'items[0].content' must be a string or an array.",
  });
});

test('a kind that nobody knows is answered with those that are known', () => {
  const block = z.discriminatedUnion('type', [
    z.looseObject({ type: z.literal('text') }),
    z.looseObject({ type: z.literal('image') }),
  ]);
  const message = (given: unknown) => {
    try {
      parseBody(z.object({ blocks: z.array(block) }), { blocks: [given] });
    } catch (error) {
      return String(error);
    }
    return 'accepted';
  };
  expect(message({ type: 'sound' })).toContain(`'blocks[0].type' must be "text" or "image".`);
  expect(message({})).toContain(`'blocks[0].type' must be "text" or "image".`);
});

test('unknown fields are no fault, and null is absence where the schema says so', () => {
  expect(parseBody(schema, { model: 'm', temperature: null, foreign: 1 })).toMatchObject({ model: 'm' });
});
