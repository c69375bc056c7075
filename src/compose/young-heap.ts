import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** One half of the young generation doubles from 4 to 8 MB, of which the heads of its pages hold nothing. */
const mostBytes = 7 * 1024 * 1024;
/** The statistics cost some 10 µs. */
const lookEvery = 16;

/**
 * Keeps V8's young generation at 16 MB, as `node --max-semi-space-size=8` would, which cannot be said from within. Left
 * alone it grows to 64 MB when a thousand answers are open at once, and gains no time by it (docs/performance.md).
 * What is returned is to be called for each request.
 */
export function boundYoungHeap(): () => void {
  let requests = 0;
  let bound = false;
  return () => {
    if (requests++ % lookEvery !== 0) return;
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    // Not `space_size`: the half that is not in use may have been given back, and then it says half of the truth.
    const capacity = young ? young.space_used_size + young.space_available_size : 0;
    if (capacity >= mostBytes === bound) return;
    bound = !bound;
    // V8 reads the factor whenever it is about to grow; it shrinks by itself when little is going on.
    setFlagsFromString(`--semi-space-growth-factor=${bound ? 1 : 2}`);
  };
}
