/**
 * Maps a list and keeps its identity: the very same array comes back when every item stays the same.
 * `undefined` drops an item, an array puts several in its place.
 */
export function rewriteList<T extends object>(
  list: T[],
  rewrite: (item: T, index: number) => T | readonly T[] | undefined,
): T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as T; // index is below length
    const next = rewrite(item, index);
    if (!changed) {
      if (next === item) continue;
      changed = list.slice(0, index);
    }
    if (Array.isArray(next)) changed.push(...(next as readonly T[]));
    else if (next !== undefined) changed.push(next as T);
  }
  return changed ?? list;
}
