import type { JsonObject } from '../../base/json.ts';

/** The fixed text round each chunk of a choice, made once, when its `start` came. */
export type ChunkFrame = {
  /** Up to and with `"delta":{`. */
  head: string;
  /** From the delta's `}` to the blank line. */
  tail: string;
  /** What follows `"finish_reason":"…"}]` on the last chunk. */
  afterReason: string;
};

/** Writes chunks of one choice whose delta holds `members`. The hot paths take `head` and `tail` and join strings themselves. */
export type ChunkPen = ChunkFrame & { fields(members: JsonObject): string };

/** A pen for the chunks of one choice. */
export function chunkPen(frame: ChunkFrame): ChunkPen {
  return { ...frame, fields: (members) => frame.head + JSON.stringify(members).slice(1, -1) + frame.tail };
}
