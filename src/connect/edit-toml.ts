import { parse } from 'smol-toml';
import type { JsonValue } from '../base/json.ts';
import { setInToml } from '../config/edit-toml.ts';
import type { Edit } from './client.ts';

/** The file's value; undefined when it is not TOML. */
export function readToml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sets plain values in their tables; comments and order stay. A text that writes one of these places in a way that
 * cannot be changed with certainty comes back as it was, and `edit-settings.ts` sees that it is not what was wanted.
 */
export function editToml(text: string, edits: readonly Edit[]): string {
  try {
    return edits.reduce((edited, edit) => setInToml(edited, edit.at, plainValue(edit)), text);
  } catch {
    return text;
  }
}

function plainValue(edit: Edit): Exclude<JsonValue, null | object> {
  if ('value' in edit && edit.value !== null && typeof edit.value !== 'object') return edit.value;
  throw new TypeError('only plain values are edited in TOML');
}
