import type { Change } from './changes.ts';

/** Writes a change down; the same `what` is kept once, however often it happened. */
export type Note = (what: string, why: string) => void;

/** An empty list of changes and the function that fills it. */
export function takeNotes(): { changes: Change[]; note: Note } {
  const changes: Change[] = [];
  return {
    changes,
    note: (what, why) => {
      if (!changes.some((change) => change.what === what)) changes.push({ what, why });
    },
  };
}
