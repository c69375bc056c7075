import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { mendSchema, textsOf } from './mend-schema.ts';

/** Beyond so many copied nodes a reference is left open: nested references double at every level. */
const maxNodes = 20_000;

/**
 * A tool's schema as Converse takes it: an object at the top ("input_schema.type"), unions at the top merged into its
 * properties, references resolved with cycles cut, every keyword lawful. The same object comes back when nothing needs
 * repair.
 */
export function toolSchema(schema: JsonValue | undefined): JsonObject {
  if (!isObject(schema)) return { type: 'object' };
  const given = schema as JsonObject; // a JSON value that is an object
  const referring = given['$defs'] !== undefined || given['definitions'] !== undefined || hasReference(given);
  const resolved = mendSchema(referring ? resolveReferences(given) : given);
  return isPlainObjectSchema(resolved) ? resolved : objectAtTop(resolved);
}

function isPlainObjectSchema(schema: JsonObject): boolean {
  const { type, properties, required } = schema;
  const shaped =
    (properties === undefined || isObject(properties)) && (required === undefined || Array.isArray(required));
  return type === 'object' && shaped && !unionOf(schema);
}

/** Copies a schema with every local `$ref` replaced by what it points at; a reference into itself becomes "anything". */
export function resolveReferences(schema: JsonObject): JsonObject {
  let budget = maxNodes;
  const copy = (value: JsonValue, path: readonly string[]): JsonValue => {
    if (--budget < 0) return isObject(value) ? {} : value;
    if (Array.isArray(value)) return value.map((item) => copy(item, path));
    if (!isObject(value)) return value;
    const reference = value['$ref'];
    if (typeof reference === 'string') return follow(value as JsonObject, reference, path);
    const isDefinitions = (key: string) => value === schema && (key === '$defs' || key === 'definitions');
    // Made from entries, because a property may be called `__proto__`.
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) =>
        isDefinitions(key) ? [] : [[key, copy(item as JsonValue, path)] as const],
      ),
    );
  };
  const follow = (value: JsonObject, reference: string, path: readonly string[]): JsonValue => {
    const { $ref: _, ...siblings } = value;
    const target = path.includes(reference) ? undefined : lookUp(schema, reference);
    const rest = copy(siblings, path) as JsonObject; // an object goes in, an object comes out
    if (!isObject(target)) return rest;
    return { ...(copy(target as JsonObject, [...path, reference]) as JsonObject), ...rest };
  };
  return copy(schema, []) as JsonObject; // an object goes in, an object comes out
}

function lookUp(schema: JsonObject, reference: string): JsonValue | undefined {
  if (!reference.startsWith('#')) return undefined;
  let found: JsonValue | undefined = schema;
  for (const step of unescaped(reference.slice(1)).split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isObject(found) && Object.hasOwn(found, key) ? (found as JsonObject)[key] : undefined;
  }
  return found;
}

/** The pointer in a URI's fragment is percent-encoded (RFC 6901, 6): `#/$defs/Page%3CItem%3E`. */
function unescaped(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function hasReference(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(hasReference);
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    const item = value[key];
    if (key === '$ref' && typeof item === 'string') return true;
    if (typeof item === 'object' && item !== null && hasReference(item)) return true;
  }
  return false;
}

const unions = ['anyOf', 'oneOf', 'allOf'] as const;

function unionOf(schema: JsonObject): (typeof unions)[number] | undefined {
  return unions.find((name) => schema[name] !== undefined);
}

/** One object schema for all members of the unions at the top: each property of each member, required only if all want it. */
function objectAtTop(schema: JsonObject): JsonObject {
  const { anyOf: _any, oneOf: _one, allOf: _all, type: _t, properties: _p, required: _r, ...rest } = schema;
  const properties = new Map(Object.entries(objectOr(schema['properties'])));
  const required = new Set(textsOf(schema['required']));
  for (const name of unions) {
    const members = branches(schema[name]);
    for (const member of members) mergeProperties(properties, objectOr(member['properties']));
    for (const key of sharedRequired(members, name === 'allOf')) required.add(key);
  }
  return {
    ...rest,
    type: 'object',
    ...(properties.size > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.size > 0 && { required: [...required] }),
  };
}

/** The object members of a union, nested unions opened first. */
function branches(union: JsonValue | undefined): JsonObject[] {
  if (!Array.isArray(union)) return [];
  return union.filter(isObject).map((member) => {
    const schema = member as JsonObject; // an element of a JSON array
    return unionOf(schema) ? objectAtTop(schema) : schema;
  });
}

/** A map, because a property may be called `constructor` or `__proto__`, which every object seems to have. */
function mergeProperties(into: Map<string, JsonValue>, more: JsonObject): void {
  for (const [key, schema] of Object.entries(more)) {
    const known = into.get(key);
    if (known === undefined) into.set(key, schema);
    else if (JSON.stringify(known) !== JSON.stringify(schema))
      into.set(key, { anyOf: [...alternatives(known), schema] });
  }
}

function alternatives(schema: JsonValue): JsonValue[] {
  const anyOf = isObject(schema) && Object.keys(schema).length === 1 ? schema['anyOf'] : undefined;
  return Array.isArray(anyOf) ? anyOf : [schema];
}

function sharedRequired(members: readonly JsonObject[], all: boolean): string[] {
  const lists = members.map((member) => textsOf(member['required']));
  if (all) return lists.flat();
  return (lists[0] ?? []).filter((key) => lists.every((list) => list.includes(key)));
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? (value as JsonObject) : {}; // a JSON value that is an object
}
