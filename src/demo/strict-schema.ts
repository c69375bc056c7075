import { isObject } from '../base/json.ts';

const unsupported = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'maxItems'] as const;

/** What a grammar-constrained schema may not hold, in the provider's words; `undefined` when it is fine. */
export function strictFault(schema: unknown): string | undefined {
  if (Array.isArray(schema)) return schema.map(strictFault).find((fault) => fault !== undefined);
  if (!isObject(schema)) return undefined;
  return ownFault(schema) ?? innerFault(schema);
}

function ownFault(schema: Record<string, unknown>): string | undefined {
  const type = String(schema['type'] ?? 'object');
  if (type === 'object' && isObject(schema['properties']) && schema['additionalProperties'] !== false)
    return `For 'object' type, 'additionalProperties' must be explicitly set to false`;
  const found = unsupported.filter((key) => schema[key] !== undefined);
  if (found.length > 0) return `For '${type}' type, properties ${found.sort().join(', ')} are not supported`;
  if (typeof schema['minItems'] === 'number' && schema['minItems'] > 1)
    return `For 'array' type, 'minItems' values other than 0 or 1 are not supported`;
  const reference = schema['$ref'];
  if (reference === '#') return 'Recursive schemas are not supported';
  if (typeof reference === 'string' && !reference.startsWith('#/')) return 'External $ref is not supported';
  return undefined;
}

/** Walks into the places where schemas stand; names of properties and literal values are not schemas. */
function innerFault(schema: Record<string, unknown>): string | undefined {
  const named = ['properties', '$defs', 'definitions'].flatMap((key) =>
    isObject(schema[key]) ? Object.values(schema[key]) : [],
  );
  const direct = ['items', 'anyOf', 'allOf', 'oneOf', 'not'].map((key) => schema[key]);
  return strictFault([...named, ...direct]);
}
