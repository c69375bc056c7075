import * as z from 'zod';
import { isObject, type JsonObject } from '../base/json.ts';
import { invalid } from './refuse.ts';

/** Any JSON object, kept as it is: its members are the business of a tool, a schema or the service. */
export const jsonObject = z.custom<JsonObject>(isObject, { error: 'must be an object' });

/** Checks a client's body. Throws `invalid_request` whose `param` is spelled as the client's own docs do: `messages[2].content[0].text`; `spell` has the last word on it. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown, spell = (param: string) => param): T {
  if (!isObject(body)) throw invalid('body', 'The request body must be a JSON object.');
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  const param = spell(paramOf(issue.path));
  throw invalid(param, `${param === '' ? 'The request body' : `'${param}'`} ${wrongness(issue)}.`);
}

type Issue = z.core.$ZodIssue;

/** The issue that went furthest into the body: of a union's branches, the one that the client most likely meant. */
function deepest(issues: readonly Issue[]): Issue {
  let best: Issue | undefined;
  for (const issue of issues) {
    const candidate = issue.code === 'invalid_union' ? deepestOfUnion(issue) : issue;
    if (!best || candidate.path.length > best.path.length) best = candidate;
  }
  return best ?? { code: 'custom', path: [], message: 'is not valid', input: undefined };
}

function deepestOfUnion(union: Issue & { code: 'invalid_union' }): Issue {
  // A discriminated union has no branch to point into when its kind is unknown.
  if ('options' in union && Array.isArray(union.options) && union.options.length > 0) {
    const message = `must be ${union.options.map((kind) => JSON.stringify(kind)).join(' or ')}`;
    return { code: 'custom', path: union.path, message, input: union.input };
  }
  const branches = union.errors.filter((issues) => issues.length > 0).map((issues) => deepest(issues));
  const inner = branches.reduce<Issue | undefined>(
    (best, issue) => (issue.path.length > (best?.path.length ?? 0) ? issue : best),
    undefined,
  );
  if (inner) return { ...inner, path: [...union.path, ...inner.path] };
  if (branches.length === 0)
    return { code: 'custom', path: union.path, message: 'is not one that is known here', input: union.input };
  // The branch whose type fits is the one that was meant: an empty array is too short, and not "no string".
  const meant = branches.find(({ code }) => code === 'too_small' || code === 'too_big');
  if (meant) return { ...meant, path: union.path };
  const wanted = branches.map((issue) => wrongness(issue).replace(/^(?:is missing; it )?must be /, ''));
  const isMissing = branches.every((issue) => wrongness(issue).startsWith('is missing'));
  const message = `${isMissing ? 'is missing; it ' : ''}must be ${[...new Set(wanted)].join(' or ')}`;
  return { code: 'custom', path: union.path, message, input: union.input };
}

/** `['messages', 2, 'content']` → `messages[2].content`. */
function paramOf(path: readonly PropertyKey[]): string {
  let param = '';
  for (const step of path) {
    if (typeof step === 'number') param += `[${step}]`;
    else param += param === '' ? String(step) : `.${String(step)}`;
  }
  return param;
}

const articles: Record<string, string> = {
  array: 'an array',
  object: 'an object',
  int: 'a whole number',
  null: 'null',
};

/** The rest of a sentence that begins with the field's name. */
function wrongness(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.includes('received undefined')
        ? `is missing; it must be ${articles[issue.expected] ?? `a ${issue.expected}`}`
        : `must be ${articles[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `must ${measure(issue.origin)} at least ${issue.minimum}`;
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const measure = (origin: string): string => (origin === 'string' || origin === 'array' ? 'have a length of' : 'be');
