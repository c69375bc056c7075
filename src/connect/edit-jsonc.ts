import {
  applyEdits,
  findNodeAtLocation,
  modify,
  type ParseError,
  parse,
  parseTree,
  type Edit as TextEdit,
} from 'jsonc-parser';
import { isObject } from '../base/json.ts';
import type { Edit } from './client.ts';

/** JSON with comments and trailing commas, as editors write it; undefined when it is not even that. */
export function readJsonc(text: string): unknown {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  return errors.length === 0 ? value : undefined;
}

/** Sets the values and leaves every comment, order and line of the rest as it was. */
export function editJsonc(text: string, edits: readonly Edit[]): string {
  let edited = text.trim() === '' ? '{}\n' : text;
  for (const edit of edits) {
    const [path, value] = 'item' in edit ? itemPlace(edited, edit) : [[...edit.at], edit.value];
    // The library's own formatting would also touch the line before.
    const [change] = modify(edited, path, value, {});
    if (change) edited = applyEdits(edited, [formatted(edited, change, path)]);
  }
  return edited.endsWith('\n') ? edited : `${edited}\n`;
}

type ItemEdit = Extract<Edit, { item: unknown }>;
type Path = (string | number)[];

function itemPlace(text: string, { at, item, key }: ItemEdit): [Path, unknown] {
  const list = at.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), readJsonc(text));
  const items: unknown[] = Array.isArray(list) ? list : [];
  const index = items.findIndex((other) => isObject(other) && other[key] === item[key]);
  if (items.length === 0) return [[...at], [item]];
  return [[...at, index === -1 ? items.length : index], item];
}

/** The same change over several lines, in the file's own indent. */
function formatted(text: string, { offset, length, content }: TextEdit, path: Path): TextEdit {
  const { step, eol } = styleOf(text);
  const margin = /[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))?.[0] ?? '';
  const [, comma = '', key = '', json = ''] = /^(,?)("(?:[^"\\]|\\.)*": )?(.*)$/s.exec(content) ?? [];
  const value: unknown = JSON.parse(json);
  const lines = (pad: string): string => `${key}${JSON.stringify(value, null, step).replaceAll('\n', eol + pad)}`;
  if (length > 0) return { offset, length, content: lines(margin) };
  if (comma === '') {
    const inner = margin + step;
    return {
      offset,
      length,
      content: `${eol}${inner}${lines(inner)}${text[offset] === '}' || text[offset] === ']' ? eol + margin : ''}`,
    };
  }
  const opening = openingOf(text, path);
  const sameLine = !text.slice(opening, offset).includes('\n');
  return { offset, length, content: sameLine ? `, ${key}${json}` : `,${eol}${margin}${lines(margin)}` };
}

/** Where the innermost table or list begins that the path leads into and that is there already. */
function openingOf(text: string, path: Path): number {
  const root = parseTree(text, [], { allowTrailingComma: true });
  for (let depth = path.length - 1; root && depth > 0; depth--) {
    const node = findNodeAtLocation(root, path.slice(0, depth));
    if (node) return node.offset;
  }
  return root?.offset ?? 0;
}

function styleOf(text: string): { step: string; eol: string } {
  return { step: /\n([ \t]+)"/.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' };
}
