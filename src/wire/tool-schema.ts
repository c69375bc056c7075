import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { jsonValue } from './json-value.ts';

/** A tool's parameters as `inputSchema` wants them: an object. What is absent or null takes no arguments. */
export function inputSchema(parameters: unknown): JsonObject {
  const schema = isObject(parameters) ? jsonValue(parameters) : undefined;
  return isObject(schema) && Object.keys(schema).length > 0 ? schema : { type: 'object', properties: {} };
}

/**
 * A call's arguments as they stand in the history, as the object that Converse wants. Blank or null is `{}` (case 23);
 * what is no JSON object (a custom tool's raw text, a cut-off call) is kept whole under `input`.
 */
export function toolInput(args: unknown): JsonValue {
  if (typeof args !== 'string') return args === null || args === undefined ? {} : wrapped(jsonValue(args));
  if (args.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(args);
    return isObject(parsed) ? jsonValue(parsed) : { input: args };
  } catch {
    return { input: args };
  }
}

const wrapped = (value: JsonValue): JsonValue => (isObject(value) ? value : { input: value });
