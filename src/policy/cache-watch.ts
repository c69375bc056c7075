import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { Usage } from '../converse/events.ts';

/** Whose prompt cache it is: one key's, at one model. */
export type CacheOwner = { principalId: string; modelId: string };

/** A beginning that was written to the prompt cache time after time and never read. */
export type UnreadNotice = CacheOwner & { calls: number; writtenTokens: number };

/**
 * Watches whether the prompt cache pays (case 82). A write costs a quarter more than plain input and a read saves nine
 * tenths: one read earns back three writes, so a row of writes without any is a beginning that changes in each request.
 */
export type CacheWatch = {
  /** `false` while points of our own in the conversation would cost more than they earn. */
  pays(owner: CacheOwner): boolean;
  /** To be told of the usage of each finished call. */
  saw(owner: CacheOwner, usage: Usage): void;
};

/** Writes in a row without one read after which points in the conversation are left out. */
const mostUnread = 6;
/** After so long we try again: another conversation may be a steadier one. */
const restMs = 15 * 60_000;

export type CacheWatchOptions = { clock: Pick<Clock, 'monotonic'>; onUnread: (notice: UnreadNotice) => void };

type Row = { calls: number; writtenTokens: number; restsUntil?: number };

/** A watch that has seen no call yet. */
export function createCacheWatch({ clock, onUnread }: CacheWatchOptions): CacheWatch {
  const rows = new LRUCache<string, Row>({ max: 1_000 });
  const keyOf = ({ principalId, modelId }: CacheOwner): string => `${principalId}\n${modelId}`;
  const resting = (row: Row | undefined): boolean =>
    row?.restsUntil !== undefined && row.restsUntil > clock.monotonic();
  return {
    pays: (owner) => !resting(rows.get(keyOf(owner))),
    saw(owner, { cacheReadInputTokens: read, cacheWriteInputTokens: written }) {
      const key = keyOf(owner);
      const row = rows.get(key);
      if (read > 0) {
        if (!resting(row)) rows.delete(key); // what tools and system earn meanwhile does not speak for the conversation
        return;
      }
      if (written === 0 || resting(row)) return;
      // A row that rested is over: it is counted anew.
      const before = row && row.restsUntil === undefined ? row : { calls: 0, writtenTokens: 0 };
      const now: Row = { calls: before.calls + 1, writtenTokens: before.writtenTokens + written };
      if (now.calls >= mostUnread) {
        now.restsUntil = clock.monotonic() + restMs;
        onUnread({ ...owner, calls: now.calls, writtenTokens: now.writtenTokens });
      }
      rows.set(key, now);
    },
  };
}
