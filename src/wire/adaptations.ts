import type { Change } from '../converse/changes.ts';
import { type Note, takeNotes } from '../converse/notes.ts';
import { unsupported } from './refuse.ts';

/** Keeps the list of what was changed in one request, each thing once. */
export type Adaptations = {
  readonly changes: Change[];
  /** The wish is fulfilled in another way. */
  changed: Note;
  /** The wish cannot be fulfilled: reported, or refused where the settings are strict. */
  dropped(param: string, what: string, why: string): void;
};

/** `what` must be fixed words: it becomes part of a response header. */
export function adaptations(strict: boolean): Adaptations {
  const { changes, note: changed } = takeNotes();
  const dropped = (param: string, what: string, why: string): void => {
    if (strict) throw unsupported(param, `'${param}' cannot be honoured: ${why}`);
    changed(what, why);
  };
  return { changes, changed, dropped };
}
