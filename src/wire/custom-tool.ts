import { isObject, type JsonObject, parsedJson } from '../base/json.ts';

/*
 * Custom (freeform, grammar) tools have no JSON schema, and Converse knows only tools that have one (case 35). The model
 * is shown a function with one string; its call is unwrapped to the raw text that the client expects.
 */

export const customToolSchema: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The raw text for the tool, exactly in its own format.' } },
  required: ['input'],
  additionalProperties: false,
};

export type CustomFormat = { syntax?: string | undefined; definition?: string | undefined };

/** A custom tool's description, with its grammar in words: Bedrock does not constrain the text by it. */
export function customToolDescription(description: string | undefined, format: CustomFormat | undefined): string {
  const about = description ?? '';
  if (!format?.definition) return about;
  const grammar = `The text in "input" must follow this ${format.syntax ?? 'lark'} grammar:\n${format.definition}`;
  return about === '' ? grammar : `${about}\n\n${grammar}`;
}

/** The raw text out of a whole call's JSON, the same text that the fragments of a stream would give. */
export function unwrapCustomInput(json: string): string {
  const unwrap = customInputUnwrapper();
  return unwrap.push(json) + unwrap.end();
}

export type Unwrapper = {
  /** The raw text that a fragment of the call's JSON adds; may be empty. */
  push(fragment: string): string;
  /** What is left when the call closes: the whole JSON, when it never was `{"input": "…`. */
  end(): string;
};

const opening = /^\s*\{\s*"input"\s*:\s*"/;
/** Could still become the opening; a longer one is none, because it is looked through again with each fragment. */
const beginning = /^\s*(?:\{\s*(?:"(?:i(?:n(?:p(?:u(?:t(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?$/;
const longestOpening = 1_000;

/** For a call that arrives in fragments: text leaves as soon as its escapes are whole. */
export function customInputUnwrapper(): Unwrapper {
  let state: 'before' | 'inside' | 'after' | 'other' = 'before';
  let held = '';
  const push = (fragment: string): string => {
    if (state === 'after') return '';
    held += fragment;
    if (state === 'other') return '';
    if (state === 'before') {
      if (held.length <= longestOpening && beginning.test(held)) return '';
      const start = opening.exec(held);
      if (!start) {
        state = 'other';
        return '';
      }
      state = 'inside';
      held = held.slice(start[0].length);
    }
    const { raw, rest, closed } = takeWhole(held);
    held = rest;
    if (closed) state = 'after';
    return unescaped(raw);
  };
  return { push, end: () => (state === 'before' || state === 'other' ? unwrapWhole(held) : '') };
}

/** A call that did not begin with the member: an empty object is no text, another order is read, anything else is kept. */
function unwrapWhole(json: string): string {
  const parsed = parsedJson(json);
  if (!isObject(parsed)) return json;
  if (typeof parsed['input'] === 'string') return parsed['input'];
  return Object.keys(parsed).length === 0 ? '' : json;
}

/** Splits string content before the first escape that is not whole yet; `closed` when the string's own quote came. */
function takeWhole(text: string): { raw: string; rest: string; closed: boolean } {
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') return { raw: text.slice(0, at), rest: '', closed: true };
    if (char === '\\') {
      const length = escapeLength(text, at);
      if (at + length > text.length) break;
      at += length;
    } else {
      at++;
    }
  }
  return { raw: text.slice(0, at), rest: text.slice(at), closed: false };
}

/** A surrogate pair of `\u` escapes counts as one, so that no half of a character leaves alone. */
function escapeLength(text: string, at: number): number {
  if (text[at + 1] !== 'u') return 2;
  const isHighHalf = /^d[89ab]/i.test(text.slice(at + 2, at + 4));
  return isHighHalf && '\\u'.startsWith(text.slice(at + 6, at + 8)) ? 12 : 6;
}

/** Models write bare line breaks into JSON strings at times, which `JSON.parse` refuses. */
function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
  const json = raw.replace(/[\u0000-\u001f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  try {
    return JSON.parse(`"${json}"`);
  } catch {
    return raw;
  }
}
