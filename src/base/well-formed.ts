import { isObject } from './json.ts';

/** An escape in JSON text that is half of a surrogate pair. Escaped backslashes can look like one: a hint, no proof. */
const halfEscape = /\\u[dD][89abAB][\da-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][\da-fA-F]{2})\\u[dD][c-fC-F]/;

/** Whether a JSON text may hold half of a character; costs one scan. */
export function mayBeHalved(text: string): boolean {
  return text.includes('\\u') && halfEscape.test(text);
}

/**
 * The value with every half of a surrogate pair replaced by U+FFFD, or the same value where there is none. Clients that
 * cut text by UTF-16 units send halves of emoji, and no service takes them: "no low surrogate in string".
 */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) {
    const items = value.map(wellFormed);
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)] as const);
  const isSame = members.every(([name, member]) => value[name] === member);
  return isSame ? value : Object.fromEntries(members);
}
