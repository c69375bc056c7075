import { parse } from 'smol-toml';
import { isObject } from '../base/json.ts';
import { dottedKeys } from './toml-lines.ts';

type Value = string | number | boolean | readonly string[];

/**
 * A TOML text with one value set, and everything else as it was: comments, blank lines, order, spacing. `undefined`
 * takes the setting out. Throws when the text cannot be changed so with certainty; the result was read back.
 */
export function setInToml(text: string, path: readonly string[], value: Value | undefined): string {
  const eol = /(?<!\r)\n/.test(text) || !text.includes('\n') ? '\n' : '\r\n';
  const lines = text === '' ? [] : (text.endsWith(eol) ? text.slice(0, -eol.length) : text).split(eol);
  const place = placeOf(lines, path);
  if (place.line === undefined && value === undefined) return text;
  const changed = place.line === undefined ? inserted(lines, path, place, value) : replaced(lines, place.line, value);
  const result = changed.length === 0 ? '' : `${changed.join(eol)}${eol}`;
  if (!isSet(result, path, value)) throw new Error(`the value of ${path.join('.')} cannot be changed here by itself`);
  return result;
}

type Place = {
  /** Where the key stands. */
  line?: number;
  /** Where its table ends, if the table is opened by a header. */
  tableEnd?: number;
};

/** Finds the key by its table's header or by dots, and the end of its table. Lines inside a longer value are passed over. */
function placeOf(lines: readonly string[], path: readonly string[]): Place {
  const parent = path.slice(0, -1);
  let table: readonly string[] = [];
  const place: Place = parent.length === 0 ? { tableEnd: 0 } : {};
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const header = /^\s*\[(\[?)\s*([^\]]+?)\s*\]/.exec(line);
    if (header) {
      // A table of a list is nobody's parent here: which of them would be meant?
      table = header[1] === '[' ? ['[['] : dottedKeys(header[2] ?? '');
      if (same(table, parent)) place.tableEnd = at + 1;
      continue;
    }
    const key = /^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=/.exec(line)?.[1];
    if (key === undefined) continue;
    const end = endOfValue(lines, at);
    if (same([...table, ...dottedKeys(key)], path)) place.line = at;
    if (same(table, parent)) place.tableEnd = end;
    at = end - 1;
  }
  return place;
}

/** The line after the value that begins on line `at`: the first at which the lines so far are TOML by themselves. */
function endOfValue(lines: readonly string[], at: number): number {
  for (let end = at + 1; end <= lines.length; end++) {
    try {
      parse(lines.slice(at, end).join('\n'));
      return end;
    } catch {
      // A longer value: one more line.
    }
  }
  return at + 1;
}

function replaced(lines: readonly string[], at: number, value: Value | undefined): string[] {
  const end = endOfValue(lines, at);
  if (value === undefined) return [...lines.slice(0, at), ...lines.slice(end)];
  const line = lines[at] ?? '';
  const begin = /^\s*[^=]+=\s*/.exec(line)?.[0] ?? '';
  const comment = commentOf(lines[end - 1] ?? '');
  return [...lines.slice(0, at), `${begin}${literal(value)}${comment}`, ...lines.slice(end)];
}

/** The comment at the end of a line, with the space before it. A `#` inside a string does not begin one. */
function commentOf(line: string): string {
  const strings = line.replaceAll(/"(?:\\.|[^"\\])*"|'[^']*'/g, (text) => '_'.repeat(text.length));
  const at = strings.indexOf('#');
  if (at < 0) return '';
  return line.slice(line.slice(0, at).trimEnd().length);
}

function inserted(lines: readonly string[], path: readonly string[], { tableEnd }: Place, value: Value | undefined) {
  if (value === undefined) return [...lines];
  const assignment = `${keyText(path.at(-1) ?? '')} = ${literal(value)}`;
  if (tableEnd !== undefined) return [...lines.slice(0, tableEnd), assignment, ...lines.slice(tableEnd)];
  const gap = lines.length === 0 || lines.at(-1)?.trim() === '' ? [] : [''];
  return [...lines, ...gap, `[${path.slice(0, -1).map(keyText).join('.')}]`, assignment];
}

const keyText = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

/** JSON's strings are TOML's basic strings, but for DEL, which neither a name nor a path holds. */
function literal(value: Value): string {
  if (typeof value === 'object') return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key, at) => key === other[at]);

function isSet(text: string, path: readonly string[], value: Value | undefined): boolean {
  try {
    const found = path.reduce<unknown>((table, key) => (isObject(table) ? table[key] : undefined), parse(text));
    return JSON.stringify(found) === JSON.stringify(value);
  } catch {
    return false;
  }
}
