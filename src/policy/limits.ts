import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import type { Served } from '../converse/events.ts';
import { type TokenBucket, tokenBucket } from './token-bucket.ts';

/** An absent limit does not limit. */
export type LimitRules = {
  requestsPerMinute?: number;
  requestsPerHour?: number;
  tokensPerMinute?: number;
  /** Calls open at the same time, streamed or not. */
  concurrent?: number;
};

/** What can be limited. */
export type LimitName = keyof LimitRules;

/** An admitted call. */
export type Admission = {
  /** What is left after this call was counted, of the tightest limit of each kind. */
  state: NonNullable<Served['limits']>;
  /** Counts what the answer used. */
  settle(tokens: number): void;
  /** Frees the call's place; once is enough, more does no harm. */
  release(): void;
};

/** All limits of a process. */
export type Limits = {
  /** Throws `limited`, with the wait and the limit's name, and counts nothing then. */
  admit(principalId: string, callId: string): Admission;
  /** Calls open now. */
  open(): number;
  /** Each limit with what is left of it, the keys' own first, for pages and commands. */
  state(): LimitState[];
};

/** One limit as it stands; `whose` is a key's name, or all. */
export type LimitState = { name: LimitName; whose: string; limit: number; left: number };

export type LimitsOptions = {
  perKey: LimitRules;
  global: LimitRules;
  clock: Pick<Clock, 'monotonic'>;
  onLimit?: (hit: { callId: string; principalId: string; limit: string; retryAfterMs: number }) => void;
};

type Gate = { name: LimitName; whose: 'this key' | 'all keys'; limit: number; bucket: TokenBucket };
type Group = { gates: readonly Gate[]; concurrent: number | undefined; open: number; whose: Gate['whose'] };

/** Keys that were not seen for long are forgotten: a full bucket holds nothing worth keeping. */
const mostKeys = 10_000;
/** A place becomes free when some answer ends; a second is a fair guess. */
const concurrencyWaitMs = 1_000;

/**
 * Token buckets for each key and for all together. Tokens per minute are admitted on credit: a call enters while the
 * bucket is not empty, and what it really used is taken when its answer is over.
 */
export function createLimits({ perKey, global, clock, onLimit }: LimitsOptions): Limits {
  const everyone = groupOf(global, 'all keys', clock.monotonic());
  const keys = new LRUCache<string, Group>({ max: mostKeys });
  let open = 0;

  const groupOfKey = (principalId: string, now: number): Group => {
    const known = keys.get(principalId);
    if (known) return known;
    const fresh = groupOf(perKey, 'this key', now);
    keys.set(principalId, fresh);
    return fresh;
  };
  return {
    admit(principalId, callId) {
      const now = clock.monotonic();
      const groups = [groupOfKey(principalId, now), everyone] as const;
      const closed = longestClosed(groups, now);
      if (closed) {
        onLimit?.({ callId, principalId, limit: `${closed.name} of ${closed.whose}`, retryAfterMs: closed.waitMs });
        throw refusal(closed);
      }
      open++;
      for (const group of groups) enter(group, now);
      let inside = true;
      return {
        state: stateOf(groups, now),
        settle(tokens) {
          const then = clock.monotonic();
          for (const { gates } of groups) {
            for (const { name, bucket } of gates) if (name === 'tokensPerMinute') bucket.take(then, tokens);
          }
        },
        release() {
          if (!inside) return;
          inside = false;
          open--;
          for (const group of groups) group.open--;
        },
      };
    },
    open: () => open,
    state() {
      const now = clock.monotonic();
      const own = [...keys.entries()].flatMap(([keyId, group]) => statesOf(group, keyId, now));
      return [...own, ...statesOf(everyone, 'all keys', now)];
    },
  };
}

function groupOf(rules: LimitRules, whose: Gate['whose'], now: number): Group {
  const gate = (name: LimitName, periodMs: number): Gate[] => {
    const limit = rules[name];
    return limit === undefined ? [] : [{ name, whose, limit, bucket: tokenBucket(limit, periodMs, now) }];
  };
  const gates = [
    ...gate('requestsPerMinute', 60_000),
    ...gate('requestsPerHour', 3_600_000),
    ...gate('tokensPerMinute', 60_000),
  ];
  return { gates, concurrent: rules.concurrent, open: 0, whose };
}

type Closed = Pick<Gate, 'name' | 'whose' | 'limit'> & { waitMs: number };

/** Of several that are closed, the one that opens last: whoever waits for another would be refused again. */
function longestClosed(groups: readonly Group[], now: number): Closed | undefined {
  let longest: Closed | undefined;
  const note = (closed: Closed) => {
    if (closed.waitMs > (longest?.waitMs ?? 0)) longest = closed;
  };
  for (const { gates, concurrent, open, whose } of groups) {
    if (concurrent !== undefined && open >= concurrent)
      note({ name: 'concurrent', whose, limit: concurrent, waitMs: concurrencyWaitMs });
    for (const { name, limit, bucket } of gates) note({ name, whose, limit, waitMs: bucket.waitFor(now, 1) });
  }
  return longest;
}

function enter(group: Group, now: number): void {
  group.open++;
  for (const { name, bucket } of group.gates) if (name !== 'tokensPerMinute') bucket.take(now, 1);
}

function statesOf({ gates, concurrent, open }: Group, whose: string, now: number): LimitState[] {
  const states: LimitState[] = gates.map(({ name, limit, bucket }) => ({ name, whose, limit, left: bucket.left(now) }));
  if (concurrent !== undefined) states.push({ name: 'concurrent', whose, limit: concurrent, left: concurrent - open });
  return states;
}

function stateOf(groups: readonly Group[], now: number): NonNullable<Served['limits']> {
  const state: NonNullable<Served['limits']> = {};
  for (const { gates } of groups) {
    for (const { name, limit, bucket } of gates) {
      const kind = name === 'tokensPerMinute' ? 'tokens' : 'requests';
      const remaining = Math.max(0, Math.floor(bucket.left(now)));
      if (remaining < (state[kind]?.remaining ?? Number.POSITIVE_INFINITY)) {
        state[kind] = { limit, remaining, resetMs: bucket.fullIn(now) };
      }
    }
  }
  return state;
}

const words: Record<LimitName, string> = {
  requestsPerMinute: 'requests a minute',
  requestsPerHour: 'requests an hour',
  tokensPerMinute: 'tokens a minute',
  concurrent: 'calls at the same time',
};

function refusal({ name, whose, limit, waitMs }: Closed): ProxyError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new ProxyError(
    'limited',
    `This proxy's limit of ${limit} ${words[name]} for ${whose} is reached. Try again in ${seconds} s.`,
    { retryAfterMs: waitMs, fix: 'raise the limit in the config file: claude-bedrock config path' },
  );
}
