import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';

/*
 * The service holds every tool to draft 2020-12 and refuses the whole request for one tool that breaks it: "JSON schema is
 * invalid. It must match JSON Schema draft 2020-12" (modelcontextprotocol/typescript-sdk#745), "$.properties: null found,
 * object expected" (maximhq/bifrost#1720). Tools come from older drafts and from hand: what has a lawful spelling gets it,
 * the rest is left out, because a wider schema still describes the tool.
 */

/** A lawful value in place of the given one; undefined: the keyword goes. */
type Mend = (value: JsonValue) => JsonValue | undefined;

/** The schema with every keyword lawful by draft 2020-12; the same object where all were. */
export function mendSchema(given: JsonObject): JsonObject {
  let mended: Mended | undefined;
  for (const keyword in given) {
    const mend = keywords.get(keyword);
    const value = given[keyword];
    if (!mend || value === undefined) continue;
    const lawful = mend(value);
    if (lawful === value) continue;
    mended ??= { ...given };
    if (lawful === undefined) delete mended[keyword];
    else mended[keyword] = lawful;
  }
  // What older drafts said in other words is unlawful now: where nothing was, there is nothing of it.
  return mended ? withOlderWords(mended, given) : given;
}

type Mended = { [keyword: string]: JsonValue };

/** Says anew what drafts 3 to 7 spelt otherwise, and what therefore went. */
function withOlderWords(mended: Mended, given: JsonObject): Mended {
  moveBound(mended, given, 'exclusiveMinimum', 'minimum');
  moveBound(mended, given, 'exclusiveMaximum', 'maximum');
  const { items, additionalItems } = given;
  if (Array.isArray(items)) {
    const members = seats(items);
    const others = additionalItems === undefined ? undefined : schema(additionalItems);
    if (members !== undefined) mended['prefixItems'] = members;
    if (others !== undefined) mended['items'] = others;
    delete mended['additionalItems'];
  }
  const demanded = demandedByThemselves(given['properties']);
  if (demanded.length > 0) mended['required'] = [...new Set([...textsOf(mended['required']), ...demanded])];
  return mended;
}

/** Draft 4: `exclusiveMinimum: true` beside `minimum`. */
function moveBound(mended: Mended, given: JsonObject, exclusive: string, inclusive: string): void {
  const bound = mended[inclusive];
  if (given[exclusive] !== true || bound === undefined) return;
  delete mended[inclusive];
  mended[exclusive] = bound;
}

/** Draft 3: `required: true` in the property itself. */
function demandedByThemselves(properties: JsonValue | undefined): string[] {
  const names: string[] = [];
  if (!isObject(properties)) return names;
  for (const name in properties) {
    const property = properties[name];
    if (isObject(property) && property['required'] === true) names.push(name);
  }
  return names;
}

const lawfulTypes: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** Names that other languages have for the types; one that is not here says nothing. */
const foreignTypes: ReadonlyMap<string, string> = new Map([
  ['str', 'string'],
  ['text', 'string'],
  ['date', 'string'],
  ['datetime', 'string'],
  ['file', 'string'],
  ['int', 'integer'],
  ['long', 'integer'],
  ['float', 'number'],
  ['double', 'number'],
  ['decimal', 'number'],
  ['bool', 'boolean'],
  ['dict', 'object'],
  ['map', 'object'],
  ['list', 'array'],
  ['tuple', 'array'],
  ['none', 'null'],
]);

function type(value: JsonValue): JsonValue | undefined {
  if (!Array.isArray(value)) return typeName(value);
  const names = value.flatMap((name) => typeName(name) ?? []);
  // A type that nobody knows may be any: then the others are no bound either.
  if (names.length < value.length || names.length === 0) return undefined;
  return sameOr(value, [...new Set(names)]);
}

function typeName(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (lawfulTypes.has(value)) return value;
  const lower = value.toLowerCase();
  return lawfulTypes.has(lower) ? lower : foreignTypes.get(lower);
}

const names: Mend = (value) => (Array.isArray(value) ? sameOr(value, [...new Set(textsOf(value))]) : undefined);
const text: Mend = (value) => (typeof value === 'string' ? value : undefined);
const flag: Mend = (value) => (typeof value === 'boolean' ? value : undefined);
const list: Mend = (value) => (Array.isArray(value) ? value : undefined);
const object: Mend = (value) => (isObject(value) ? value : undefined);

const number: Mend = (value) => {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
};
const positive: Mend = (value) => (Number(number(value)) > 0 ? number(value) : undefined);
const count: Mend = (value) => {
  const read = number(value);
  return Number.isInteger(read) && Number(read) >= 0 ? read : undefined;
};

const schema: Mend = (value) => {
  if (typeof value === 'boolean') return value;
  return isObject(value) ? mendSchema(value as JsonObject) : undefined; // a JSON value that is an object
};
/** A place in a list counts: what is no schema there allows everything. */
const seats: Mend = (value) =>
  Array.isArray(value) && value.length > 0
    ? sameOr(
        value,
        value.map((item) => schema(item) ?? {}),
      )
    : undefined;
const choices: Mend = (value) => {
  const lawful = Array.isArray(value) ? value.flatMap((item) => schema(item) ?? []) : [];
  return lawful.length > 0 ? sameOr(value as JsonValue[], lawful) : undefined; // some of a list are left
};
const schemas: Mend = (value) => {
  if (!isObject(value)) return undefined;
  const given = value as JsonObject; // a JSON value that is an object
  let mended: [string, JsonValue][] | undefined;
  for (const name in given) {
    const item = given[name] ?? null;
    const lawful = schema(item) ?? {};
    if (lawful !== item) mended ??= entriesBefore(given, name);
    mended?.push([name, lawful]);
  }
  // Made from entries, because a property may be called `__proto__`.
  return mended ? Object.fromEntries(mended) : given;
};

function entriesBefore(object: JsonObject, end: string): [string, JsonValue][] {
  const entries = Object.entries(object);
  return entries.slice(
    0,
    entries.findIndex(([name]) => name === end),
  );
}

function sameOr(given: JsonValue[], lawful: JsonValue[]): JsonValue[] {
  return lawful.length === given.length && lawful.every((item, at) => item === given[at]) ? given : lawful;
}

/** The texts of a list; none of anything else. */
export function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const keywords: ReadonlyMap<string, Mend> = new Map<string, Mend>([
  ['type', type],
  ['required', names],
  ...all(['description', 'title', 'pattern', 'format', '$comment', '$id', '$schema', '$anchor'], text),
  ...all(['uniqueItems', 'deprecated', 'readOnly', 'writeOnly'], flag),
  ...all(['enum', 'examples'], list),
  ...all(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'], number),
  ['multipleOf', positive],
  ...all(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'], count),
  ...all(['minContains', 'maxContains'], count),
  ...all(['items', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'], schema),
  ...all(['unevaluatedItems', 'unevaluatedProperties', 'contentSchema'], schema),
  ...all(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'], schemas),
  ...all(['anyOf', 'oneOf', 'allOf'], choices),
  ['prefixItems', seats],
  ['dependentRequired', object],
]);

function all(words: readonly string[], mend: Mend): [string, Mend][] {
  return words.map((word) => [word, mend]);
}
