import { isObject, type JsonObject, type JsonValue, parsedJson } from '../base/json.ts';
import { mayBeHalved, wellFormed } from '../base/well-formed.ts';
import type { Change } from '../converse/changes.ts';
import { report } from '../converse/notes.ts';
import { jsonValue } from './json-value.ts';

/** A tool's parameters as `inputSchema` wants them: an object. What is absent or null takes no arguments. */
export function inputSchema(parameters: unknown): JsonObject {
  const schema = isObject(parameters) ? jsonValue(parameters) : undefined;
  return isObject(schema) && Object.keys(schema).length > 0 ? schema : { type: 'object', properties: {} };
}

/**
 * A call's arguments as they stand in the history, as the object that Converse wants. A custom tool's raw text goes back
 * as its `input`, the way clients got it.
 */
export function callInput(args: unknown, isCustom: boolean, changes: Change[]): JsonValue {
  if (isCustom && typeof args === 'string') return { input: args };
  const input = toolInput(args);
  if (typeof args === 'string' && mayBeHalved(args)) {
    // The body was mended already; what stands escaped inside a text in it shows only when that is read as JSON.
    const whole = jsonValue(wellFormed(input));
    if (whole !== input)
      report(changes, { what: 'halved characters replaced', why: 'No service takes half a surrogate pair.' });
    return whole;
  }
  if (isObject(input) && typeof args === 'string' && input['input'] === args) {
    report(changes, {
      what: 'broken tool arguments wrapped',
      why: 'Converse takes a JSON object; what was sent is kept whole under "input".',
    });
  }
  return input;
}

/**
 * Any arguments as an object. Blank or null is `{}` (case 23);
 * what is no JSON object (a custom tool's raw text, a cut-off call) is kept whole under `input`.
 */
export function toolInput(args: unknown): JsonValue {
  if (typeof args !== 'string') return args === null || args === undefined ? {} : wrapped(jsonValue(args));
  if (args.trim() === '') return {};
  const parsed = parsedJson(args);
  return isObject(parsed) ? jsonValue(parsed) : { input: args };
}

const wrapped = (value: JsonValue): JsonValue => (isObject(value) ? value : { input: value });
