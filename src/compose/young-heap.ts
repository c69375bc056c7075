import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the young generation together. */
const mostBytes = 16 * 1024 * 1024;
/** The statistics cost some 10 µs. */
const lookEvery = 16;

/**
 * Keeps V8's young generation below 16 MB, as `node --max-semi-space-size=8` would, which cannot be said from within. Left
 * alone it grows to 64 MB when a thousand answers are open at once, and gains no time by it (docs/performance.md).
 * What is returned is to be called for each request.
 */
export function boundYoungHeap(): () => void {
  let requests = 0;
  let bound = false;
  return () => {
    if (requests++ % lookEvery !== 0) return;
    const size = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
    if (size >= mostBytes === bound) return;
    bound = !bound;
    // V8 reads the factor whenever it is about to grow; it shrinks by itself when little is going on.
    setFlagsFromString(`--semi-space-growth-factor=${bound ? 1 : 2}`);
  };
}
