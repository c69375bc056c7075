import type { Clock } from '../base/clock.ts';
import type { ProxyError } from '../base/errors.ts';

/** What a retry decision rests on; `random` is in [0, 1). */
export type RetryState = {
  error: ProxyError;
  /** How many attempts were made, the failed one included. */
  attempts: number;
  /** Whether an attempt was already spent on fresh credentials. */
  resigned: boolean;
  /** How long the call has waited between its attempts so far. */
  waitedMs: number;
  /** A stream's head is held for a few seconds only: after that a refusal has lost its status. */
  stream: boolean;
  random: number;
};

/** Give up, or try again after a wait, with fresh credentials or the same. */
export type RetryDecision = { retry: false } | { retry: true; afterMs: number; resign: boolean };

/** Waits in milliseconds: full jitter below `base * 2^(attempt-1)`, never above `cap`. */
const waits = {
  backoff: { base: 100, cap: 2_000 },
  throttled: { base: 1_000, cap: 8_000 },
} as const;

/** Two more attempts at most: the client's own SDK retries too, and the two multiply (case 98). */
export const maxRetries = 2;

/**
 * A client that must wait longer than this, all waits together, is told so (429 and Retry-After) instead of being held. For
 * a stream it is less than its head is held: a refusal inside the stream is nothing that an SDK tries again.
 */
const longestWaitMs = { stream: 4_000, whole: 10_000 } as const;

/** Decides on an attempt that failed before its first event. Pure: the budget is asked by the caller, last. */
export function decideRetry(state: RetryState): RetryDecision {
  const { facts } = state.error;
  const advice = facts.retry ?? 'never';
  if (advice === 'never' || facts.exhausted === true) return { retry: false };
  if (advice === 'resign') return state.resigned ? { retry: false } : { retry: true, afterMs: 0, resign: true };
  const retries = state.attempts - 1 - (state.resigned ? 1 : 0);
  if (retries >= (advice === 'once' ? 1 : maxRetries)) return { retry: false };
  const { base, cap } = advice === 'throttled' ? waits.throttled : waits.backoff;
  const jitter = state.random * Math.min(cap, base * 2 ** retries);
  // Retry-After is a floor: the jitter above it keeps a crowd of waiters from coming back together.
  const floor = facts.retryAfterGuessed === true ? undefined : facts.retryAfterMs;
  const afterMs = floor === undefined ? jitter : floor + jitter / 4;
  const most = state.stream ? longestWaitMs.stream : longestWaitMs.whole;
  return state.waitedMs + afterMs > most ? { retry: false } : { retry: true, afterMs, resign: false };
}

/** Keeps retries a small share of the traffic, so that they cannot turn an outage into a storm. */
export type RetryBudget = {
  /** Every call earns a part of a retry. */
  deposit(): void;
  /** Takes one retry out, or says that there is none left. */
  withdraw(): boolean;
};

/** What each call earns of a retry, how many retries each second gives besides, and how many are saved at most (linkerd's figures). */
const ratio = 0.2;
const perSecond = 10;
const most = perSecond * 10;

/** A token bucket, full at first. */
export function retryBudget(clock: Pick<Clock, 'monotonic'>): RetryBudget {
  let tokens = most;
  let filledAt = clock.monotonic();
  const fill = (earned: number) => {
    const now = clock.monotonic();
    tokens = Math.min(most, tokens + earned + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
  };
  return {
    deposit: () => fill(ratio),
    withdraw: () => {
      fill(0);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
