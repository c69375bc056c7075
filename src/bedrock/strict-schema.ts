import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { resolveReferences } from '../converse/json-schema.ts';
import { mendSchema } from '../converse/mend-schema.ts';

/** Keywords that the strict grammar refuses: "properties maximum, minimum are not supported" (instructor#2530, litellm#29624). */
const refused = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'contains',
  'minContains',
  'maxContains',
  'patternProperties',
  'propertyNames',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'if',
  'then',
  'else',
  'not',
] as const;

/**
 * A schema as strict output takes it: no references, every object closed, and what the grammar cannot enforce said in
 * the description, so that the model still knows it (cases 63, 64).
 */
export function strictSchema(schema: JsonObject): JsonObject {
  return strict(mendSchema(resolveReferences(schema))) as JsonObject; // an object goes in, an object comes out
}

function strict(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(strict);
  if (!isObject(value)) return value;
  const schema = value as JsonObject; // a JSON value that is an object
  const result: JsonObject = {};
  const said: string[] = [];
  for (const [key, item] of Object.entries(schema)) {
    if (isRefused(key, item)) said.push(`${key}: ${JSON.stringify(item)}`);
    else
      result[key] = key === 'properties' && isObject(item) ? strictProperties(item as JsonObject) : nested(key, item);
  }
  if (said.length > 0) result['description'] = describe(schema['description'], said);
  if (isObjectSchema(schema)) result['additionalProperties'] = false;
  return result;
}

/** Names of properties are not keywords, even when they look like one. */
function strictProperties(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, strict(schema)]));
}

/** Data stays as it is; everything else may hold schemas. */
function nested(key: string, item: JsonValue): JsonValue {
  return key === 'enum' || key === 'const' || key === 'default' || key === 'examples' ? item : strict(item);
}

function isRefused(key: string, item: JsonValue): boolean {
  if (key === 'minItems') return typeof item === 'number' && item > 1;
  return (refused as readonly string[]).includes(key);
}

function describe(given: JsonValue | undefined, said: readonly string[]): string {
  const limits = `(${said.join(', ')})`;
  return typeof given === 'string' && given !== '' ? `${given} ${limits}` : limits;
}

function isObjectSchema(schema: JsonObject): boolean {
  const { type } = schema;
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isObject(schema['properties']);
}
