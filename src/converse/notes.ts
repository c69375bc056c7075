import type { Change } from './changes.ts';

/** Writes a change down; the same `what` is kept once, however often it happened. */
export type Note = (what: string, why: string) => void;

/** Reports a change once, however many places of a request force it. */
export function report(changes: Change[], change: Change): void {
  if (!changes.some(({ what }) => what === change.what)) changes.push(change);
}

/** An empty list of changes and the function that fills it. */
export function takeNotes(): { changes: Change[]; note: Note } {
  const changes: Change[] = [];
  return { changes, note: (what, why) => report(changes, { what, why }) };
}
