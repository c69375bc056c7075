/** What the ids of a response and of its items have in common: the call's own id, with the characters that ids may have. */
function core(requestId: string): string {
  return requestId.replace(/^req[_-]/, '').replace(/[^A-Za-z0-9-]+/g, '');
}

/** The response's id, by which a client may go on from it. */
export function responseId(requestId: string): string {
  return `resp_${core(requestId)}`;
}

/** How the id of an item begins, by its kind. */
export type ItemPrefix = 'msg' | 'rs' | 'fc' | 'ctc' | 'tsc';

/** The same item has the same id in the stream, in the whole response and in the store; it names its response too. */
export function itemId(prefix: ItemPrefix, requestId: string, outputIndex: number): string {
  return `${prefix}_${core(requestId)}_${outputIndex}`;
}

/** The response that an item of ours belongs to; undefined for an id that we did not give. */
export function responseOfItem(id: string): string | undefined {
  const match = /^(?:msg|rs|fc|ctc|tsc)_([A-Za-z0-9-]+)_\d+$/.exec(id);
  return match ? `resp_${match[1]}` : undefined;
}
