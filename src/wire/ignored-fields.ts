import type { Change } from '../converse/changes.ts';
import { unsupported } from './refuse.ts';

/** A field that the dialect has and Bedrock has not. */
export type IgnoredField = {
  why: string;
  /** Whether the value asks for anything; clients send defaults like `frequency_penalty: 0`. */
  asks?: (value: unknown) => boolean;
  /** A hint that leaves the answer as it is: not even strict mode refuses it. */
  hint?: true;
};

export const isNotZero = (value: unknown): boolean => value !== 0;
export const isTrue = (value: unknown): boolean => value === true;
export const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** A dialect's published fields that Converse has no member for, by name (case 49). */
export type IgnoredFields = ReadonlyMap<string, IgnoredField>;

/** Reports what is ignored. In strict mode throws `unsupported` for the first that would have changed the answer. */
export function reportIgnored(
  fields: IgnoredFields,
  body: Record<string, unknown>,
  strict: boolean,
  changes: Change[],
): void {
  for (const field of Object.keys(body)) {
    const row = fields.get(field);
    const value = body[field];
    if (!row || value === null || value === undefined || row.asks?.(value) === false) continue;
    const { why, hint } = row;
    if (strict && !hint) throw unsupported(field, `'${field}' cannot be honoured: ${why} Leave it out.`);
    changes.push({ what: `${field} ignored`, why });
  }
}
