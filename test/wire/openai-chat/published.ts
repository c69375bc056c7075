import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync(join(import.meta.dirname, 'published.schema.json'), 'utf8')), 'openai');

/** Fails unless OpenAI's published component of that name accepts the value. */
export function expectPublished(
  component: 'CreateChatCompletionResponse' | 'CreateChatCompletionStreamResponse' | 'ErrorResponse',
  value: unknown,
): void {
  const validate = ajv.getSchema(`openai#/$defs/${component}`);
  if (!validate) throw new Error(`the fixture has no ${component}`);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

/** The JSON of each event of a chat stream; fails when it does not end with `[DONE]`. */
export function chunksOf(stream: string): Record<string, unknown>[] {
  const events = stream.split('\n\n');
  expect(events.pop()).toBe('');
  expect(events.pop()).toBe('data: [DONE]');
  return events.map((event) => {
    expect(event.startsWith('data: ')).toBe(true);
    return JSON.parse(event.slice(6));
  });
}
