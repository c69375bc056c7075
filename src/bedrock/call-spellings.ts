import { isObject, parsedJson } from '../base/json.ts';
import { pythonCalls } from './python-calls.ts';
import { valueEnd } from './value-end.ts';

/** A call that was read from a text; `input` is JSON. */
export type WrittenCall = { name: string; input: string };

/** How a call in JSON begins, blanks aside. */
const openings = [
  '{"name":"',
  '{"type":"function","',
  '{"function":',
  '{"parameters":',
  '[{"name":"',
  '[{"type":"function","',
];

/** Also with the bracket left out, as Llama does at times. */
const functionTag = /^<function=([\w.-]*)/;

/** How much of a text `beginsCall` has to be given. */
export const longestHead = 400;

/** Whether a text may become a call: it begins as one does, and the name, once it is there, is a given tool's. */
export function beginsCall(head: string, given: ReadonlySet<string>): boolean {
  if (!/^\s*(?:[{[<]|$)/.test(head)) return false;
  const bare = head.replaceAll(/\s+/g, '');
  return beginsJson(bare, given) || beginsTag(bare, given) || beginsPython(bare, given);
}

function beginsJson(bare: string, given: ReadonlySet<string>): boolean {
  if (!openings.some((opening) => opening.startsWith(bare) || bare.startsWith(opening))) return false;
  const named = /^\[?\{(?:"type":"function",)?"name":"([^"]*)"/.exec(bare);
  return named?.[1] === undefined || given.has(named[1]);
}

function beginsTag(bare: string, given: ReadonlySet<string>): boolean {
  const tag = functionTag.exec(bare);
  if (!tag) return '<function='.startsWith(bare);
  const [opening, name = ''] = tag;
  return opening.length === bare.length ? beginsName(name, given) : given.has(name);
}

function beginsPython(bare: string, given: ReadonlySet<string>): boolean {
  const [opening = '', name = ''] = /^\[([\w.-]*)/.exec(bare) ?? [];
  if (opening === '') return false;
  return opening.length === bare.length ? beginsName(name, given) : bare[opening.length] === '(' && given.has(name);
}

const beginsName = (start: string, given: ReadonlySet<string>): boolean => {
  for (const name of given) if (name.startsWith(start)) return true;
  return false;
};

/** Where the text stands that may be calls: alone in its block, behind prose, or behind the token that begins a call. */
export type CallPlace = 'alone' | 'behind prose' | 'marked';

/** The calls of given tools that a text consists of, in any spelling that Llama has; undefined when it holds anything else. */
export function callsIn(text: string, given: ReadonlySet<string>, place: CallPlace): WrittenCall[] | undefined {
  const calls = text.trimStart().startsWith('<')
    ? tagged(text)
    : (pythonCalls(text, place === 'marked')?.map(asWritten) ?? inJson(text, place === 'behind prose'));
  return calls && calls.length > 0 && calls.every(({ name }) => given.has(name)) ? calls : undefined;
}

/** Llama's own tools are objects of its Python: `brave_search.call(query="…")`. */
const asWritten = ({ name, input }: { name: string; input: object }): WrittenCall => ({
  name: name.replace(/\.call$/, ''),
  input: JSON.stringify(input),
});

/** `<function=read>{"path": "a"}</function>`, one behind the other; the last may lack its end. */
function tagged(text: string): WrittenCall[] | undefined {
  const calls: WrittenCall[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const tag = functionTag.exec(rest);
    if (!tag) return undefined;
    const body = rest.slice(tag[0].length).replace(/^\s*>?\s*/, '');
    const end = body.startsWith('{') ? valueEnd()(body) : -1;
    const input = end === -1 ? undefined : parsedJson(body.slice(0, end));
    if (!isObject(input)) return undefined;
    calls.push({ name: tag[1] ?? '', input: JSON.stringify(input) });
    const behind = body.slice(end).trimStart();
    rest = behind.replace(/^<\/function>[\s;,]*/, '');
    if (rest === behind && rest !== '') return undefined;
  }
  return calls;
}

/** One or more objects `{"name": …, "parameters": {…}}`. Behind prose an object without arguments is none. */
function inJson(text: string, withArguments: boolean): WrittenCall[] | undefined {
  const calls = jsonValues(text)?.map((value) => callOf(value, withArguments));
  return calls?.every((call) => call !== undefined) ? calls : undefined;
}

function callOf(value: unknown, withArguments: boolean): WrittenCall | undefined {
  if (!isObject(value)) return undefined;
  const detail = isObject(value['function']) ? value['function'] : value;
  const name = detail['name'] ?? detail['function'];
  const input = detail['parameters'] ?? detail['arguments'] ?? (withArguments ? undefined : {});
  if (typeof name !== 'string') return undefined;
  if (isObject(input)) return { name, input: JSON.stringify(input) };
  return typeof input === 'string' && isObject(parsedJson(input)) ? { name, input } : undefined;
}

/** JSON values one behind the other, with semicolons, commas or blanks between; those of a list one by one. */
function jsonValues(text: string): unknown[] | undefined {
  const whole = parsedJson(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  const values: unknown[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const end = valueEnd()(rest);
    const value = end === -1 ? undefined : parsedJson(rest.slice(0, end));
    if (value === undefined) return undefined;
    values.push(value);
    rest = rest.slice(end).replace(/^[\s;,]+/, '');
  }
  return values;
}
