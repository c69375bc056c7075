import type { JsonObject, JsonValue } from '../base/json.ts';

/** A call as Python writes it: `name(first="a", second=[1, None])`. */
export type PythonCall = { name: string; input: JsonObject };

const deepest = 64;

/**
 * The calls that a text consists of, in a list `[a(x=1), b()]` or, where `bare` allows it, one without; undefined when it
 * holds anything else. Arguments must be named, and plain values: what would have to be computed is no call.
 */
export function pythonCalls(text: string, bare: boolean): PythonCall[] | undefined {
  const reader = readerOf(text);
  try {
    const isList = reader.takes('[');
    if (!isList && !bare) return undefined;
    const calls = isList ? reader.listed(']', () => callAt(reader)) : [callAt(reader)];
    return reader.isOver() ? calls : undefined;
  } catch (thrown) {
    if (thrown !== notPython) throw thrown;
    return undefined;
  }
}

/** Thrown where the text is something else, and met above. */
const notPython = Symbol('not Python');

function must<T>(value: T | undefined): T {
  if (value === undefined) throw notPython;
  return value;
}

type Reader = ReturnType<typeof readerOf>;

/** A place in the text that only moves on. */
function readerOf(text: string) {
  let at = 0;
  /** Behind blanks; the pattern must be sticky. */
  const match = (pattern: RegExp): string | undefined => {
    while (/\s/.test(text.charAt(at))) at++;
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const takes = (mark: string): boolean => {
    match(/(?:)/y);
    const isThere = text.startsWith(mark, at);
    if (isThere) at += mark.length;
    return isThere;
  };
  return {
    match,
    takes,
    isOver: () => match(/(?:)/y) === '' && at === text.length,
    demand: (mark: string): void => void must(takes(mark) || undefined),
    /** Items with commas between, to the closing mark; a comma may stand behind the last. */
    listed<T>(close: string, item: () => T): T[] {
      const items: T[] = [];
      while (!takes(close)) {
        items.push(item());
        if (takes(',')) continue;
        must(takes(close) || undefined);
        break;
      }
      return items;
    },
  };
}

function callAt(reader: Reader): PythonCall {
  const { match, demand, listed } = reader;
  const name = must(match(/[A-Za-z_][\w.-]*/y));
  demand('(');
  const given = listed(')', (): [string, JsonValue] => {
    const argument = must(match(/[A-Za-z_]\w*/y));
    demand('=');
    return [argument, valueAt(reader, 0)];
  });
  return { name, input: Object.fromEntries(given) };
}

const number = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w.])/iy;
const words: ReadonlyMap<string, JsonValue> = new Map([
  ...['True', 'true'].map((word): [string, JsonValue] => [word, true]),
  ...['False', 'false'].map((word): [string, JsonValue] => [word, false]),
  ...['None', 'null'].map((word): [string, JsonValue] => [word, null]),
]);

function valueAt(reader: Reader, depth: number): JsonValue {
  const { match, takes, demand, listed } = reader;
  if (depth > deepest) throw notPython;
  const inner = (): JsonValue => valueAt(reader, depth + 1);
  if (takes('[')) return listed(']', inner);
  if (takes('{')) {
    const members = listed('}', (): [string, JsonValue] => {
      const key = must(stringAt(reader));
      demand(':');
      return [key, inner()];
    });
    return Object.fromEntries(members);
  }
  const text = stringAt(reader);
  if (text !== undefined) return text;
  const digits = match(number);
  return digits === undefined ? must(words.get(must(match(/[A-Za-z]+/y)))) : Number(digits);
}

const quoted = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|'[^'\\]*(?:\\[\s\S][^'\\]*)*'/y;
const escaped = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g;
const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '\n': '' };

function stringAt({ match }: Reader): string | undefined {
  const found = match(quoted)?.slice(1, -1);
  if (found === undefined || !found.includes('\\')) return found;
  return found.replace(escaped, (whole, four?: string, two?: string, one = '') => {
    const code = four ?? two;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    // Python leaves what it does not know as it is.
    return controls[one] ?? (/[\\'"]/.test(one) ? one : whole);
  });
}
