import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { FetchedMedium, RemoteLink } from '../wire/remote-links.ts';
import { lruClock } from './lru-clock.ts';

/** What stood behind links, for the next turns of the same conversation: clients send the whole history each time. */
export type FetchedMedia = {
  get(principalId: string, link: RemoteLink): FetchedMedium | undefined;
  put(principalId: string, link: RemoteLink, medium: FetchedMedium): void;
  /** For sign-out and key rotation. */
  clear(): void;
  /** Lets go of what is too old; called now and then, so that nothing stays in memory because nobody asks again. */
  sweep(): void;
};

export type FetchedMediaLimits = { characters?: number; lifeMs?: number };

/**
 * Fetched media in memory only, for five minutes and at most 64 Mi characters of base64, the least used forgotten first.
 * A principal sees its own and no other's: a link may be a secret in itself.
 */
export function createFetchedMedia(
  clock: Pick<Clock, 'monotonic'>,
  { characters = 64 * 2 ** 20, lifeMs = 300_000 }: FetchedMediaLimits = {},
): FetchedMedia {
  const kept = new LRUCache<string, FetchedMedium>({
    maxSize: characters,
    ttl: lifeMs,
    ...lruClock(clock),
    sizeCalculation: ({ base64 }, key) => base64.length + key.length,
  });
  // A picture may be smaller at most than a document: what was fetched as one is not the other.
  const keyOf = (principalId: string, { kind, url }: RemoteLink): string => JSON.stringify([principalId, kind, url]);
  return {
    get: (principalId, link) => kept.get(keyOf(principalId, link)),
    put: (principalId, link, medium) => void kept.set(keyOf(principalId, link), medium),
    clear: () => kept.clear(),
    sweep: () => void kept.purgeStale(),
  };
}
