import { applyEdits, type FormattingOptions, modify, type ParseError, parse } from 'jsonc-parser';
import { isObject } from '../base/json.ts';
import type { Edit } from './client.ts';

/** JSON with comments and trailing commas, as editors write it; undefined when it is not even that. */
export function readJsonc(text: string): unknown {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  return errors.length === 0 ? value : undefined;
}

/** Sets the values and leaves every comment, order and indent of the rest as it was. */
export function editJsonc(text: string, edits: readonly Edit[]): string {
  const formattingOptions = styleOf(text);
  let edited = text.trim() === '' ? '{}\n' : text;
  for (const edit of edits) {
    const [path, value] = 'item' in edit ? itemPlace(edited, edit) : [[...edit.at], edit.value];
    edited = applyEdits(edited, modify(edited, path, value, { formattingOptions }));
  }
  return edited.endsWith('\n') ? edited : `${edited}\n`;
}

type ItemEdit = Extract<Edit, { item: unknown }>;

function itemPlace(text: string, { at, item, key }: ItemEdit): [(string | number)[], unknown] {
  const list = at.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), readJsonc(text));
  const items: unknown[] = Array.isArray(list) ? list : [];
  const index = items.findIndex((other) => isObject(other) && other[key] === item[key]);
  if (items.length === 0) return [[...at], [item]];
  return [[...at, index === -1 ? items.length : index], item];
}

/** The file's own indent, so that a diff shows what changed and nothing else. */
function styleOf(text: string): FormattingOptions {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return indent.startsWith('\t')
    ? { insertSpaces: false, tabSize: 1, eol }
    : { insertSpaces: true, tabSize: indent.length, eol };
}
