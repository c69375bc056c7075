import { newId } from '../base/ids.ts';
import { isObject } from '../base/json.ts';
import { blockPen } from './block-pen.ts';
import { controlTokens } from './control-tokens.ts';
import type { Restorer } from './restore.ts';

const pythonTag = '<|python_tag|>';
const tokens = [pythonTag, '<|eom_id|>', '<|eot_id|>'];
/** How a call in JSON begins, blanks aside. */
const openings = [
  '{"name":"',
  '{"type":"function","',
  '{"function":',
  '{"parameters":',
  '[{"name":"',
  '[{"type":"function","',
];

type Call = { name: string; input: string };

/**
 * Makes calls of the tool calls that a Llama writes as text: one or more objects `{"name": …, "parameters": {…}}` that are
 * the whole block or stand behind `<|python_tag|>` (case 33, langchain-ai/langchain-aws#174). Only calls of tools that
 * were given count, so that an answer that is JSON stays one. Held back is only text that begins as such a call does.
 */
export function readJsonCalls(given: ReadonlySet<string>): Restorer {
  const pen = blockPen();
  let scan: ReturnType<typeof controlTokens> | undefined;
  let place: 'head' | 'prose' | 'call' = 'head';
  let held = '';
  let called = false;

  const words = (text: string): void => {
    if (place !== 'prose') held += text;
    else pen.say('text', text);
    if (place === 'head' && !beginsCall(held, given)) {
      place = 'prose';
      release();
    }
  };
  const release = (): void => {
    pen.say('text', held);
    held = '';
  };
  const endBlock = (rest: string): void => {
    words(rest);
    const calls = callsIn(held, given);
    if (calls) {
      for (const { name, input } of calls) {
        pen.begin({ kind: 'tool', id: newId('tooluse_', 22), name });
        pen.say('tool', input);
      }
      called = true;
    } else release();
    held = '';
    pen.close();
  };
  const push = (text: string, tokensOf: ReturnType<typeof controlTokens>): void => {
    for (const piece of tokensOf.push(text)) {
      if ('text' in piece) words(piece.text);
      else if (piece.token === pythonTag && place !== 'call') {
        release();
        place = 'call';
      }
    }
  };

  return (batch) => {
    for (const event of batch) {
      if (event.type === 'open' && event.block.kind === 'text') {
        scan = controlTokens(tokens);
        place = 'head';
      } else if (event.type === 'open') pen.begin(event.block);
      else if (event.type === 'end') pen.end(event, called);
      else if (!('index' in event)) pen.pass(event);
      else if (scan && event.type === 'delta') push(event.text, scan);
      else if (event.type !== 'close') pen.add(event);
      else {
        if (scan) endBlock(scan.end());
        else pen.close();
        scan = undefined;
      }
    }
    return pen.take();
  };
}

/** Whether a text may become a call: it begins as one does, and the name, once it is there, is a given tool's. */
function beginsCall(text: string, given: ReadonlySet<string>): boolean {
  const head = text.slice(0, 400).replace(/\s+/g, '');
  if (!openings.some((opening) => opening.startsWith(head) || head.startsWith(opening))) return false;
  const named = /^\[?\{(?:"type":"function",)?"name":"([^"]*)"/.exec(head);
  return named?.[1] === undefined || given.has(named[1]);
}

/** The calls that a text consists of; undefined when it holds anything else. */
function callsIn(text: string, given: ReadonlySet<string>): Call[] | undefined {
  const values = jsonValues(text);
  const calls = values?.map((value) => callOf(value, given));
  return calls && calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}

function callOf(value: unknown, given: ReadonlySet<string>): Call | undefined {
  if (!isObject(value)) return undefined;
  const detail = isObject(value['function']) ? value['function'] : value;
  const name = detail['name'] ?? detail['function'];
  const input = detail['parameters'] ?? detail['arguments'] ?? {};
  if (typeof name !== 'string' || !given.has(name)) return undefined;
  if (isObject(input)) return { name, input: JSON.stringify(input) };
  return typeof input === 'string' && isObject(parsed(input)) ? { name, input } : undefined;
}

/** JSON values one behind the other, with semicolons, commas or blanks between; those of a list one by one. */
function jsonValues(text: string): unknown[] | undefined {
  const whole = parsed(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  const values: unknown[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const end = endOfObject(rest);
    const value = parsed(rest.slice(0, end));
    if (value === undefined) return undefined;
    values.push(value);
    rest = rest.slice(end).replace(/^[\s;,]+/, '');
  }
  return values;
}

/** Behind the bracket that closes the one at the beginning; brackets in strings do not count. */
function endOfObject(text: string): number {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at + 1;
  }
  return text.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
