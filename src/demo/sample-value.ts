import { isObject } from '../base/json.ts';

/**
 * A value that satisfies a JSON schema, made up from the words of a prompt: quoted phrases and capitalised names go into
 * strings, numbers into numbers. Only required members are filled, or all when none is required.
 */
export function sampleValue(schema: unknown, prompt: string): unknown {
  return sample(
    schema,
    { root: schema, words: wordsOf(prompt), numbers: prompt.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [] },
    0,
  );
}

type Source = { root: unknown; words: string[]; numbers: number[] };

const deepest = 8;

/** Quoted phrases first, then names, then the whole prompt, cut. */
function wordsOf(prompt: string): string[] {
  const quoted = [...prompt.matchAll(/["“'`]([^"”'`\n]{1,80})["”'`]/g)].map((match) => match[1] ?? '');
  const names = [...prompt.matchAll(/(?<=[a-z,] )[A-Z][\p{L}]+(?: [A-Z][\p{L}]+)*/gu)].map((match) => match[0]);
  return [...quoted, ...names, prompt.trim().slice(0, 80) || 'demo'];
}

function sample(schema: unknown, source: Source, depth: number): unknown {
  if (!isObject(schema)) return source.words[0] ?? 'demo';
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return chosen(schema['enum'], source);
  if (schema['default'] !== undefined) return schema['default'];
  const reference = typeof schema['$ref'] === 'string' ? resolved(schema['$ref'], source.root) : undefined;
  if (reference !== undefined) return depth < deepest ? sample(reference, source, depth + 1) : {};
  const branch = [schema['anyOf'], schema['oneOf'], schema['allOf']].find(Array.isArray);
  if (branch && schema['properties'] === undefined) return sample(chosenBranch(branch, depth), source, depth + 1);
  return byType(schema, source, depth);
}

/** A list that goes on by itself (`next`) ends in its null before it is cut off. */
function chosenBranch(branches: readonly unknown[], depth: number): unknown {
  const nothing = branches.find((branch) => isObject(branch) && branch['type'] === 'null');
  return depth >= deepest / 2 ? (nothing ?? branches[0]) : branches[0];
}

function chosen(options: readonly unknown[], { words }: Source): unknown {
  const prompt = words.join(' ').toLowerCase();
  return options.find((option) => typeof option === 'string' && prompt.includes(option.toLowerCase())) ?? options[0];
}

function byType(schema: Record<string, unknown>, source: Source, depth: number): unknown {
  const declared = Array.isArray(schema['type']) ? schema['type'].find((type) => type !== 'null') : schema['type'];
  switch (declared ?? (isObject(schema['properties']) ? 'object' : 'string')) {
    case 'object':
      return sampleObject(schema, source, depth);
    case 'array':
      return depth < deepest ? sampleArray(schema, source, depth) : [];
    case 'integer':
      return bounded(schema, Math.trunc(source.numbers.shift() ?? 1), 1);
    case 'number':
      return bounded(schema, source.numbers.shift() ?? 1, 0.01);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(schema, source);
  }
}

function sampleObject(schema: Record<string, unknown>, source: Source, depth: number): Record<string, unknown> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const names = required.length > 0 ? required : depth < deepest ? Object.keys(properties) : [];
  return Object.fromEntries(names.map((name) => [name, sample(properties[name] ?? {}, source, depth + 1)]));
}

function sampleArray(schema: Record<string, unknown>, source: Source, depth: number): unknown[] {
  const least = typeof schema['minItems'] === 'number' ? Math.min(schema['minItems'], 64) : 1;
  const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : least;
  const count = Math.min(Math.max(least, 1), most);
  return Array.from({ length: count }, () => sample(schema['items'] ?? {}, source, depth + 1));
}

function bounded(schema: Record<string, unknown>, wish: number, step: number): number {
  const limit = (key: string, inward: number): number | undefined => {
    const value = schema[key];
    return typeof value === 'number' ? value + inward : undefined;
  };
  const least = limit('minimum', 0) ?? limit('exclusiveMinimum', step) ?? Number.NEGATIVE_INFINITY;
  const most = limit('maximum', 0) ?? limit('exclusiveMaximum', -step) ?? Number.POSITIVE_INFINITY;
  return Math.min(Math.max(wish, least), most);
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  email: 'demo@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function sampleText(schema: Record<string, unknown>, { words }: Source): string {
  const format = formats[String(schema['format'])];
  if (format !== undefined) return format;
  const word = (words.length > 1 ? words.shift() : words[0]) ?? 'demo';
  const least = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
  const most = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : word.length;
  return word.padEnd(least, '.').slice(0, Math.max(most, least));
}

function resolved(reference: string, root: unknown): unknown {
  let at = root;
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    if (step === '') continue;
    if (!isObject(at)) return undefined;
    at = at[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}
