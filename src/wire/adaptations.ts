import type { Change } from '../converse/changes.ts';
import { unsupported } from './refuse.ts';

/** Reports a change once, however many places of a request force it. */
export function report(changes: Change[], change: Change): void {
  if (!changes.some(({ what }) => what === change.what)) changes.push(change);
}

/** Keeps the list of what was changed in one request, each thing once. */
export type Adaptations = {
  readonly changes: Change[];
  /** The wish is fulfilled in another way. */
  changed(what: string, why: string): void;
  /** The wish cannot be fulfilled: reported, or refused where the settings are strict. */
  dropped(param: string, what: string, why: string): void;
};

/** `what` must be fixed words: it becomes part of a response header. */
export function adaptations(strict: boolean): Adaptations {
  const changes: Change[] = [];
  const changed = (what: string, why: string): void => report(changes, { what, why });
  const dropped = (param: string, what: string, why: string): void => {
    if (strict) throw unsupported(param, `'${param}' cannot be honoured: ${why}`);
    changed(what, why);
  };
  return { changes, changed, dropped };
}
