import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../base/json.ts';
import type { Edit, SettingsFile } from './client.ts';

type Editor = { read(text: string): unknown; edit(text: string, edits: readonly Edit[]): string };

/** Loaded for the one format that is edited. */
async function editorOf(format: SettingsFile['format']): Promise<Editor> {
  switch (format) {
    case 'jsonc': {
      const { readJsonc, editJsonc } = await import('./edit-jsonc.ts');
      return { read: readJsonc, edit: editJsonc };
    }
    case 'yaml': {
      const { readYaml, editYaml } = await import('./edit-yaml.ts');
      return { read: readYaml, edit: editYaml };
    }
    case 'toml': {
      const { readToml, editToml } = await import('./edit-toml.ts');
      return { read: readToml, edit: editToml };
    }
    default:
      return format satisfies never;
  }
}

/** Values that a new file needs and a present one may have otherwise, e.g. its title. */
const onlyIfAbsent = new Set(['name', 'version', 'schema', '$schema']);

/**
 * The text with the edits in it, or why there is none. The result is read again and must differ from the old value in
 * the edited places only: a file that is written in a way that the editor does not know is left alone.
 */
export async function editSettings(
  format: SettingsFile['format'],
  given: string,
  edits: readonly Edit[],
): Promise<{ text: string } | { refusal: string }> {
  // Windows editors begin a file with a byte order mark, which is none of its text.
  const mark = given.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = given.slice(mark.length);
  const editor = await editorOf(format);
  const before = editor.read(text);
  if (!isObject(before)) return { refusal: `it is not valid ${format === 'jsonc' ? 'JSON' : format.toUpperCase()}` };
  const wanted = structuredClone(before);
  const needed = edits.filter((edit) => !isThere(before, edit));
  for (const edit of needed) if (!put(wanted, edit)) return { refusal: `${edit.at.join('.')} holds something else` };
  if (needed.length === 0) return { text: given };
  const edited = editor.edit(text, needed);
  if (!isDeepStrictEqual(plain(editor.read(edited)), plain(wanted))) {
    return { refusal: 'its tables are written in a way that cannot be edited safely' };
  }
  return { text: mark + edited };
}

/** TOML's own date objects and null prototypes must not make equal values differ. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

function isThere(tree: Record<string, unknown>, edit: Edit): boolean {
  const value = edit.at.reduce<unknown>((table, name) => (isObject(table) ? table[name] : undefined), tree);
  if ('item' in edit) return Array.isArray(value) && value.some((item) => isDeepStrictEqual(plain(item), edit.item));
  if (edit.at.length === 1 && onlyIfAbsent.has(edit.at[0] ?? '')) return value !== undefined;
  return isDeepStrictEqual(plain(value), plain(edit.value));
}

/** Sets one value in a plain tree; `false` when something that is no table stands in the way. */
function put(tree: Record<string, unknown>, edit: Edit): boolean {
  let table = tree;
  for (const name of edit.at.slice(0, -1)) {
    const below = table[name] ?? {};
    if (!isObject(below)) return false;
    table[name] = below;
    table = below;
  }
  const last = edit.at.at(-1) ?? '';
  if (!('item' in edit)) {
    table[last] = edit.value;
    return true;
  }
  const list = table[last] ?? [];
  if (!Array.isArray(list)) return false;
  const index = list.findIndex((other) => isObject(other) && other[edit.key] === edit.item[edit.key]);
  if (index === -1) list.push(edit.item);
  else list[index] = edit.item;
  table[last] = list;
  return true;
}
