import type { z } from 'zod';
import { isObject } from '../../base/json.ts';
import { parseBody } from '../parse-body.ts';
import { invalid } from '../refuse.ts';

/** `parseBody`, with Anthropic's own words for a required field that is not there. */
export function parseAnthropic<T>(schema: z.ZodType<T>, body: unknown, required: readonly string[]): T {
  if (isObject(body)) {
    const missing = required.find((field) => body[field] === undefined);
    if (missing !== undefined) throw invalid(missing, `${missing}: Field required`);
  }
  return parseBody(schema, body);
}
