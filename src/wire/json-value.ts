import type { JsonValue } from '../base/json.ts';

/** Part of a client's body, which `JSON.parse` made: the type says what that guarantees. */
export function jsonValue(part: unknown): JsonValue {
  return part as JsonValue; // JSON.parse gives nothing else, and nobody changes a body after it
}
