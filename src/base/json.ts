export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

/** True for a plain object: not null, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What ES2026 adds to `JSON`, Node 22 has, and TypeScript's library does not know yet. */
type JsonSource = {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): { rawJSON: string };
  isRawJSON(value: unknown): value is { rawJSON: string };
};
const jsonSource = JSON as unknown as JsonSource; // see JsonSource

/** Only a text with such a number in it is worth the slower way. */
const longNumber = /(?<![.\d])\d{16}|[\s:,[]-?\d[\d.]*e\+?\d{3}/i;

/**
 * `JSON.parse`, except that an integer beyond 2^53 keeps its digits, because a record's id of 19 digits would become
 * another's, and so does `1e400`, which would become null: `JSON.stringify` writes them as they came.
 */
export function exactJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return jsonSource.parse(text, (_, value, { source = '' }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return !Number.isFinite(value) || /^-?\d+$/.test(source) ? jsonSource.rawJSON(source) : value;
  });
}

/** The digits of a number that `exactJson` kept; undefined for any other value. */
export function keptDigits(value: unknown): string | undefined {
  return jsonSource.isRawJSON(value) ? value.rawJSON : undefined;
}

/** The value of a JSON text, by `exactJson`; undefined for what is none, so that nothing of such a text gets into an error. */
export function parsedJson(text: string): unknown {
  try {
    return exactJson(text);
  } catch {
    return undefined;
  }
}

/**
 * How deep the brackets of a JSON text nest, without building anything; stops counting at `limit + 1`.
 * A text of a million `[` would otherwise cost a deep recursion in every later walk.
 */
export function jsonDepth(text: string, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = endOfString(text, at);
    } else if (char === 0x7b || char === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
      if (deepest > limit) return deepest;
    } else if (char === 0x7d || char === 0x5d) {
      depth--;
    }
  }
  return deepest;
}

/** The index of the quote that ends the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let quote = start;
  do {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
  } while (isEscaped(text, quote));
  return quote;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

/** JSON with object keys in order at every level and absent members left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += text === '' ? canonicalJson(item) : `,${canonicalJson(item)}`;
    return `[${text}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
