import { newId } from '../base/ids.ts';
import type { Change } from './changes.ts';
import { stableHash } from './stable-hash.ts';

/** What the record and, where it is not too late, the header say of an answer whose call ids were changed. */
const replaced: Change = {
  what: 'answer call id replaced',
  why: 'The model gave two calls of one answer the same id, or none; a client tells its calls apart by their ids.',
};

/**
 * The ids of one answer's tool calls, in their order, each used once: a repeated one is replaced by one that is always the
 * same for it, so that the history that comes back is the same on every turn; a missing one by a new one.
 */
export function callIds(): { next(given: unknown): string; changes(): Change[] } {
  const seen = new Set<string>();
  let changed = false;
  return {
    next(given) {
      const known = typeof given === 'string' && given !== '';
      let id = known ? given : newId('call_', 22);
      if (!known) changed = true;
      for (let round = 1; seen.has(id); round++) {
        changed = true;
        id = `call_${stableHash(`${round}:${String(given)}`, 22)}`;
      }
      seen.add(id);
      return id;
    },
    changes: () => (changed ? [replaced] : []),
  };
}
