/** The newest items of a kind, in memory; the oldest go when there are too many. */
export type Recent<Item> = {
  add(item: Item): void;
  /** Oldest first. */
  list(): readonly Item[];
};

/** A list of at most `most` items, empty at first. */
export function createRecent<Item>(most: number): Recent<Item> {
  let items: Item[] = [];
  return {
    add(item) {
      items.push(item);
      // Cut in halves, so that a busy proxy does not move the whole list for each call.
      if (items.length >= most * 2) items = items.slice(-most);
    },
    list: () => items.slice(-most),
  };
}
