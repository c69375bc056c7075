import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { Call } from '../converse/call.ts';
import type { Answer, Block, StopReason } from '../converse/events.ts';
import { lruClock } from './lru-clock.ts';

/** `deterministic` keeps only answers to requests that ask for temperature 0. */
export type CacheMode = 'all' | 'deterministic' | 'off';

/** What the cache holds and did since the start. */
export type CacheStats = {
  entries: number;
  bytes: number;
  maxBytes: number;
  hits: number;
  misses: number;
  stores: number;
  /** Calls that were answered by an identical one in flight. */
  shared: number;
};

/** An entry. `storedAt` by the monotonic clock, in milliseconds. */
export type CachedAnswer = {
  answer: Answer;
  /** The changes that were made to the stored request before it came to the cache; a hit reports its own instead. */
  changesBefore: Answer['served']['changes'];
  storedAt: number;
};

/** Whole answers, in memory only, bounded by bytes and age. */
export type ResponseCache = {
  /** Looks an entry up; a hit tells its age and the time left, both in seconds. */
  get(key: string): (CachedAnswer & { age: number; ttl: number }) | undefined;
  /** Keeps an answer if it may be kept; says whether it was. */
  put(key: string, answer: Answer, changesBefore: CachedAnswer['changesBefore']): boolean;
  countShared(): void;
  /** For sign-out, key rotation, a changed account, and `cache clear`. */
  clear(): void;
  /** Lets go of what is too old; called now and then, so that nothing stays in memory because nobody asks again. */
  sweep(): void;
  stats(): CacheStats;
  /** The largest answer that may be kept, in bytes. */
  maxEntryBytes: number;
};

export type ResponseCacheOptions = {
  clock: Pick<Clock, 'monotonic'>;
  /** Default 64 MiB. */
  maxBytes?: number;
  /** Default five minutes. */
  ttlMs?: number;
};

/** Makes an empty cache. One answer takes an eighth of it at most, so that a single giant does not empty it. */
export function createResponseCache({
  clock,
  maxBytes = 64 * 2 ** 20,
  ttlMs = 300_000,
}: ResponseCacheOptions): ResponseCache {
  const counts = { hits: 0, misses: 0, stores: 0, shared: 0 };
  const maxEntryBytes = Math.max(1, Math.floor(maxBytes / 8));
  const entries = new LRUCache<string, CachedAnswer>({
    maxSize: maxBytes,
    maxEntrySize: maxEntryBytes,
    ttl: ttlMs,
    ...lruClock(clock),
  });
  return {
    maxEntryBytes,
    get(key) {
      const entry = entries.get(key);
      if (!entry) {
        counts.misses++;
        return undefined;
      }
      counts.hits++;
      const ageMs = clock.monotonic() - entry.storedAt;
      return { ...entry, age: Math.floor(ageMs / 1000), ttl: Math.max(0, Math.ceil((ttlMs - ageMs) / 1000)) };
    },
    put(key, answer, changesBefore) {
      const size = answerBytes(answer);
      if (!mayKeep(answer) || size > maxEntryBytes) return false;
      entries.set(key, { answer, changesBefore, storedAt: clock.monotonic() }, { size });
      counts.stores++;
      return true;
    },
    countShared: () => {
      counts.shared++;
    },
    clear: () => entries.clear(),
    sweep: () => void entries.purgeStale(),
    stats() {
      entries.purgeStale();
      return { entries: entries.size, bytes: entries.calculatedSize, maxBytes, ...counts };
    },
  };
}

/** Whether the settings let a call use the cache at all; its own `no-cache` and `no-store` come on top. */
export function isCacheable(call: Call, mode: CacheMode): boolean {
  if (mode === 'off') return false;
  return mode === 'all' || call.request.inferenceConfig?.temperature === 0;
}

const wholeAnswers: ReadonlySet<StopReason> = new Set(['end_turn', 'tool_use', 'stop_sequence']);

/** A refusal, a guardrail's word and an answer cut short are for that one call: asked again, the model may do better. */
function mayKeep(answer: Answer): boolean {
  return wholeAnswers.has(answer.end.stopReason) && answer.blocks.length > 0;
}

/** What an answer takes in memory, about: two bytes a character and the objects round it. */
function answerBytes({ blocks, end }: Answer): number {
  let bytes = 1_000;
  for (const block of blocks) bytes += 200 + 2 * characters(block);
  return end.trace === undefined ? bytes : bytes + 2 * JSON.stringify(end.trace).length;
}

function characters(block: Block): number {
  switch (block.kind) {
    case 'text':
      return block.text.length + (block.citations ? JSON.stringify(block.citations).length : 0);
    case 'reasoning':
      return block.text.length + (block.signature?.length ?? 0);
    case 'redacted':
      return block.data.length;
    case 'tool':
      return block.input.length + block.name.length + block.id.length;
    case 'other':
      return JSON.stringify(block.value).length;
    default:
      return block satisfies never;
  }
}
