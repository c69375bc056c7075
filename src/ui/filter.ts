import type { CallRow } from '../observe/recent-calls.ts';

/** Which calls are shown: all, those that went wrong, or those that a cache answered. */
export type Kind = 'all' | 'problems' | 'cached';

const kinds: Record<Kind, (row: CallRow) => boolean> = {
  all: () => true,
  problems: ({ outcome }) => outcome === 'failed' || outcome === 'refused',
  cached: ({ outcome }) => outcome === 'cached' || outcome === 'shared',
};

/** The calls of this kind in which every word of `words` occurs somewhere. */
export function filtered(rows: readonly CallRow[], kind: Kind, words: string): CallRow[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return rows.filter((row) => kinds[kind](row) && matches(row, wanted));
}

function matches(row: CallRow, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  const { id, client, key, format, model, target, region, outcome, error, changes } = row;
  const text = [
    id,
    client,
    key,
    format,
    model,
    target,
    region,
    outcome,
    error?.code,
    ...changes.map(({ what }) => what),
  ]
    .join(' ')
    .toLowerCase();
  return wanted.every((word) => text.includes(word));
}
