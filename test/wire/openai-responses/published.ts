import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync(join(import.meta.dirname, 'published.schema.json'), 'utf8')), 'openai');

/** Fails unless OpenAI's published component of that name accepts the value. */
export function expectPublished(component: string, value: unknown): void {
  const validate = ajv.getSchema(`openai#/$defs/${component}`);
  if (!validate) throw new Error(`the fixture has no ${component}`);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

export type StreamEvent = Record<string, unknown> & { type: string; sequence_number: number };

/** The events of a Responses stream; fails when a name and its data do not agree. */
export function eventsIn(sse: string): StreamEvent[] {
  const parts = sse.split('\n\n');
  expect(parts.pop()).toBe('');
  return parts.map((part) => {
    const [, name = '', data = ''] = /^event: (\S+)\ndata: (.*)$/s.exec(part) ?? [];
    const event: StreamEvent = JSON.parse(data);
    expect(event.type).toBe(name);
    return event;
  });
}

/** `response.output_text.delta` → `ResponseTextDeltaEvent`, the component's name. */
export function componentOf(type: string): string {
  const words = type
    .replace('response.output_text.annotation', 'response.OutputTextAnnotation')
    .replace('output_text', 'text')
    .split(/[._]/);
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Event`;
}
