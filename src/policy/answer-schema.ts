import type { Schema, SchemaDraft } from '@cfworker/json-schema';
import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { Answer } from '../converse/events.ts';
import { mendSchema } from '../converse/mend-schema.ts';
import type { ResponseFormat } from '../converse/options.ts';

/** What is wrong with an answer: where, as a JSON pointer (RFC 6901; empty: the whole), and why. */
export type SchemaFault = { pointer: string; why: string };

/** Finds the first fault of an answer's text; undefined when it is as the client asked for. */
export type AnswerCheck = (text: string) => SchemaFault | undefined;

/** The formats whose answers must be right. With `strict: false` the client said that a near miss will do. */
export function isBinding(format: ResponseFormat | undefined): format is ResponseFormat {
  return format !== undefined && !(format.type === 'json_schema' && format.strict === false);
}

/**
 * The check for a format, by the client's own schema: what Bedrock enforces lacks the keywords that its grammar refuses
 * (case 64), and a model without structured output enforces nothing (cases 65, 67). What is no lawful keyword, such as
 * the type `any`, is read as the model is shown it: no answer at all would fit it. Loads the validator.
 */
export async function answerCheck(format: ResponseFormat): Promise<AnswerCheck> {
  if (format.type === 'json_object')
    return (text) => faultIn(text, (value) => (isObject(value) ? undefined : notObject));
  const validate = await validator(format.schema);
  return (text) => faultIn(text, validate);
}

const notObject: SchemaFault = { pointer: '', why: 'it is not a JSON object' };
const mostWords = 300;

function faultIn(text: string, validate: (value: JsonValue) => SchemaFault | undefined): SchemaFault | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return { pointer: '', why: 'it is not JSON' };
  }
  return validate(value);
}

async function validator(schema: JsonObject): Promise<(value: JsonValue) => SchemaFault | undefined> {
  const { Validator } = await import('@cfworker/json-schema');
  const lawful = mendSchema(schema);
  const draft = lawful === schema ? draftOf(schema) : '2020-12';
  const checker = new Validator(lawful as Schema, draft); // any JSON object is looked through as a schema
  return (value) => {
    try {
      const deepest = checker.validate(value).errors.at(-1);
      if (!deepest) return undefined;
      return {
        pointer: deepest.instanceLocation.slice(1, mostWords),
        why: deepest.error.replace(/\.$/, '').slice(0, mostWords),
      };
    } catch {
      return undefined; // a reference to nowhere or a pattern that is none: nothing can be said of the answer
    }
  };
}

function draftOf({ $schema }: JsonObject): SchemaDraft {
  return typeof $schema === 'string' && /draft-0[4-7]/.test($schema) ? '7' : '2020-12';
}

/** The text that the client reads as the answer; undefined where there is none yet (tool calls) or it was cut off. */
export function finalText({ blocks, end }: Answer): string | undefined {
  const finished = end.stopReason === 'end_turn' || end.stopReason === 'stop_sequence' || end.stopReason === 'tool_use';
  if (!finished || blocks.some(({ kind }) => kind === 'tool')) return undefined;
  return blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
}
