import type { Clock } from '../base/clock.ts';
import type { TokenRecord } from './token-record.ts';

/** A record in memory, with its end on the clock that cannot be set. */
export type HeldToken = { record: TokenRecord; monotonicEnd: number; ahead: number; readAt: number };

/** A record from further in the future than this was issued before the clock was set back: its end means nothing. */
const clockSlackMs = 60_000;

/**
 * Takes a record into memory at this moment. `random` in [0, 1) draws the jitter: programs that were started together
 * must not refresh together. Renewal starts 2 minutes before the end, for short tokens at half their life.
 */
export function hold(record: TokenRecord, clock: Clock, random: number): HeldToken {
  const now = clock.now();
  const lifetime = record.expiresAt - record.issuedAt;
  const wallLeft = record.issuedAt > now + clockSlackMs ? 0 : record.expiresAt - now;
  return {
    record,
    monotonicEnd: clock.monotonic() + Math.min(wallLeft, lifetime),
    ahead: Math.min(120_000, lifetime / 2) * (0.9 + 0.2 * random),
    readAt: clock.monotonic(),
  };
}

/**
 * `fresh`, `due` for renewal but good, or `over`. The earlier of the two clocks decides: wall time sees a night's
 * sleep that the monotonic clock does not count, the monotonic clock sees through a wall clock that was set back.
 */
export function ageOf(held: HeldToken, clock: Clock): 'fresh' | 'due' | 'over' {
  const left = Math.min(held.record.expiresAt - clock.now(), held.monotonicEnd - clock.monotonic());
  if (left <= 0) return 'over';
  return left <= held.ahead ? 'due' : 'fresh';
}
