import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { ResponseStore, StoredResponse } from '../wire/openai-responses/previous.ts';
import { lruClock } from './lru-clock.ts';

/** The bounds of the store; each has a default. */
export type StoredResponsesLimits = {
  /** How many responses are kept. */
  count?: number;
  /** Characters of JSON that all of them may have together. */
  characters?: number;
  /** Milliseconds after which one is forgotten. */
  lifeMs?: number;
};

const day = 24 * 60 * 60_000;

/**
 * Responses that clients may go on from (`store`, `previous_response_id`): in memory only, bounded in number, size and
 * age, the least used forgotten first. A principal sees its own and no other's.
 */
export function storedResponses(
  clock: Pick<Clock, 'monotonic'>,
  { count = 1_000, characters = 64 * 1024 * 1024, lifeMs = day }: StoredResponsesLimits = {},
): ResponseStore & { sweep(): void } {
  const kept = new LRUCache<string, StoredResponse>({
    max: count,
    maxSize: characters,
    ttl: lifeMs,
    ...lruClock(clock),
    sizeCalculation: (response) => JSON.stringify(response).length,
  });
  // A principal's id may hold any character, a response's id holds no space.
  const keyOf = (principal: string, id: string): string => `${id} ${principal}`;
  return {
    get: (principal, id) => kept.get(keyOf(principal, id)),
    put: (principal, response) => void kept.set(keyOf(principal, response.id), response),
    delete: (principal, id) => kept.delete(keyOf(principal, id)),
    clear: () => kept.clear(),
    /** Lets go of those that are too old; to be called every half minute or so. */
    sweep: () => void kept.purgeStale(),
  };
}
