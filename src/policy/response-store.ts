import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { ResponseStore, StoredResponse } from '../wire/openai-responses/previous.ts';

export type ResponseStoreOptions = {
  clock: Pick<Clock, 'monotonic'>;
  /** Default 64 MiB, counted as JSON text. */
  maxBytes?: number;
  /** How long a response is kept after it was last used. Default 24 hours. */
  ttlMs?: number;
};

/**
 * Responses for `previous_response_id`, in memory only, the least used given up first. Nobody can read another
 * principal's. One response takes an eighth at most, so that a single giant does not empty the store.
 */
export function createResponseStore({
  clock,
  maxBytes = 64 * 2 ** 20,
  ttlMs = 86_400_000,
}: ResponseStoreOptions): ResponseStore {
  const kept = new LRUCache<string, StoredResponse>({
    maxSize: maxBytes,
    maxEntrySize: Math.max(1, Math.floor(maxBytes / 8)),
    sizeCalculation: (response) => Math.max(1, JSON.stringify(response).length),
    ttl: ttlMs,
    ttlResolution: 0,
    updateAgeOnGet: true,
    // lru-cache takes 0 for "no start time"; our clock may well begin there.
    perf: { now: () => clock.monotonic() + 1 },
    // Nothing stays in memory beyond its time, even when nobody asks again; the timers do not keep the process alive.
    ttlAutopurge: true,
  });
  const keyOf = (principal: string, id: string): string => JSON.stringify([principal, id]);
  return {
    get: (principal, id) => kept.get(keyOf(principal, id)),
    put: (principal, response) => {
      kept.set(keyOf(principal, response.id), response);
    },
    delete: (principal, id) => kept.delete(keyOf(principal, id)),
  };
}
