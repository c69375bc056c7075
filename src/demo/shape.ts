import { isObject } from '../base/json.ts';
import { invalid, type Refusal } from './refusal.ts';

/** A shape of the service model: types, limits, patterns. */
export type Shape =
  | { kind: 'text'; min?: number; max?: number; pattern?: string; oneOf?: readonly string[] }
  | { kind: 'number'; min: number; max?: number; whole?: boolean }
  | { kind: 'boolean' }
  | { kind: 'document' }
  | { kind: 'object' }
  | { kind: 'bytes'; min: number }
  | { kind: 'list'; of: Shape; min?: number; max?: number }
  | { kind: 'map'; key: Shape; value: Shape; min: number; max: number }
  | { kind: 'structure'; members: Readonly<Record<string, Shape>>; required: readonly string[] }
  | { kind: 'union'; name: string; members: Readonly<Record<string, Shape>> };

/** The first way in which a value breaks its shape, in the words of the service's own validator. */
export function refuseShape(value: unknown, shape: Shape, path: readonly (string | number)[]): Refusal | undefined {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string' ? refuseText(value, shape, path) : wrongType(value, 'a String');
    case 'number':
      return typeof value === 'number' ? refuseNumber(value, shape, path) : wrongType(value, 'a number');
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType(value, 'a boolean');
    case 'document':
      return undefined;
    case 'object':
      return isObject(value) ? undefined : invalid(`The value at ${dotted(path)} must be a JSON object.`);
    case 'bytes':
      return refuseBytes(value, shape.min, path);
    case 'list':
      return Array.isArray(value) ? refuseList(value, shape, path) : wrongType(value, 'a list');
    case 'map':
      return isObject(value) ? refuseMap(value, shape, path) : wrongType(value, 'a map');
    case 'structure':
      return isObject(value) ? refuseStructure(value, shape, path) : wrongType(value, 'a structure');
    case 'union':
      return isObject(value) ? refuseUnion(value, shape, path) : wrongType(value, 'a union');
    default:
      return shape satisfies never;
  }
}

function refuseText(
  value: string,
  shape: Shape & { kind: 'text' },
  path: readonly (string | number)[],
): Refusal | undefined {
  if (shape.oneOf && !shape.oneOf.includes(value))
    return broken(value, path, `Member must satisfy enum value set: [${shape.oneOf.join(', ')}]`);
  return (
    refuseLength(value.length, value, shape, path) ??
    (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value)
      ? broken(value, path, `Member must satisfy regular expression pattern: ${shape.pattern}`)
      : undefined)
  );
}

function refuseNumber(
  value: number,
  shape: Shape & { kind: 'number' },
  path: readonly (string | number)[],
): Refusal | undefined {
  if (shape.whole && !Number.isInteger(value)) return wrongType(value, 'an Integer');
  if (value < shape.min) return broken(value, path, `Member must have value greater than or equal to ${shape.min}`);
  if (shape.max !== undefined && value > shape.max)
    return broken(value, path, `Member must have value less than or equal to ${shape.max}`);
  return undefined;
}

function refuseBytes(value: unknown, min: number, path: readonly (string | number)[]): Refusal | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
    return {
      status: 400,
      type: 'SerializationException',
      message: `The value at ${dotted(path)} is not valid base64.`,
    };
  return value.length < min ? broken('', path, `Member must have length greater than or equal to ${min}`) : undefined;
}

function refuseList(
  value: readonly unknown[],
  shape: Shape & { kind: 'list' },
  path: readonly (string | number)[],
): Refusal | undefined {
  const refusal = refuseLength(value.length, '[]', shape, path);
  if (refusal) return refusal;
  for (const [index, item] of value.entries()) {
    const inside = refuseShape(item, shape.of, [...path, index]);
    if (inside) return inside;
  }
  return undefined;
}

function refuseMap(
  value: Record<string, unknown>,
  shape: Shape & { kind: 'map' },
  path: readonly (string | number)[],
): Refusal | undefined {
  const entries = Object.entries(value);
  const refusal = refuseLength(entries.length, '{}', shape, path);
  if (refusal) return refusal;
  for (const [key, item] of entries) {
    const inside =
      refuseShape(key, shape.key, [...path, key, 'key']) ?? refuseShape(item, shape.value, [...path, key, 'value']);
    if (inside) return inside;
  }
  return undefined;
}

function refuseStructure(
  value: Record<string, unknown>,
  shape: Shape & { kind: 'structure' },
  path: readonly (string | number)[],
): Refusal | undefined {
  for (const name of shape.required)
    if (value[name] === undefined || value[name] === null)
      return broken(undefined, [...path, name], 'Member must not be null');
  for (const [name, item] of Object.entries(value)) {
    const member = shape.members[name];
    if (!member) return extraneous(path, name);
    const inside = item === null ? undefined : refuseShape(item, member, [...path, name]);
    if (inside) return inside;
  }
  return undefined;
}

function refuseUnion(
  value: Record<string, unknown>,
  shape: Shape & { kind: 'union' },
  path: readonly (string | number)[],
): Refusal | undefined {
  const set = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  const [name, item] = set[0] ?? [];
  const member = name === undefined ? undefined : shape.members[name];
  if (name !== undefined && set.length === 1 && member) return refuseShape(item, member, [...path, name]);
  const stranger = set.find(([key]) => !shape.members[key]);
  if (stranger) return extraneous(path, stranger[0]);
  return invalid(
    `The ${shape.name} object at ${dotted(path)} must set exactly one of the following keys: ${Object.keys(shape.members).join(', ')}.`,
  );
}

function refuseLength(
  length: number,
  value: string,
  limits: { min?: number; max?: number },
  path: readonly (string | number)[],
): Refusal | undefined {
  if (limits.min !== undefined && length < limits.min)
    return broken(value, path, `Member must have length greater than or equal to ${limits.min}`);
  if (limits.max !== undefined && length > limits.max)
    return broken(value, path, `Member must have length less than or equal to ${limits.max}`);
  return undefined;
}

const dotted = (path: readonly (string | number)[]): string => path.join('.');

/** The validator counts list members from one: `messages.1.member.content`. */
const memberPath = (path: readonly (string | number)[]): string =>
  path.map((step) => (typeof step === 'number' ? `${step + 1}.member` : step)).join('.');

function broken(value: unknown, path: readonly (string | number)[], rule: string): Refusal {
  const shown = value === undefined ? 'Value' : `Value '${String(value)}'`;
  return invalid(
    `1 validation error detected: ${shown} at '${memberPath(path)}' failed to satisfy constraint: ${rule}`,
  );
}

function extraneous(path: readonly (string | number)[], name: string): Refusal {
  return invalid(
    `Malformed input request: #/${path.join('/')}: extraneous key [${name}] is not permitted, please reformat your input and try again.`,
  );
}

function wrongType(value: unknown, wanted: string): Refusal {
  const token = Array.isArray(value)
    ? 'START_ARRAY'
    : value === null
      ? 'NULL'
      : typeof value === 'object'
        ? 'START_OBJECT'
        : `${typeof value}_VALUE`.toUpperCase();
  return { status: 400, type: 'SerializationException', message: `${token} can not be converted to ${wanted}` };
}
