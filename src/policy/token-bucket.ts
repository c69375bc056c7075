/** A bucket that refills steadily and may be overdrawn: what was used is known only when an answer is over. */
export type TokenBucket = {
  /** Tokens left at `now`; negative when overdrawn. */
  left(now: number): number;
  take(now: number, amount: number): void;
  /** Milliseconds from `now` until `amount` tokens are there. */
  waitFor(now: number, amount: number): number;
  /** Milliseconds from `now` until it is full again. */
  fullIn(now: number): number;
};

/** Refilled in many steps, a token may lack a billionth; who waited as long as was told must not hear of it. */
const roundingError = 1e-9;

/** Starts full, with `capacity` tokens; refills `capacity` per `periodMs`. `now` is monotonic milliseconds. */
export function tokenBucket(capacity: number, periodMs: number, now: number): TokenBucket {
  const perMs = capacity / periodMs;
  let tokens = capacity;
  let at = now;
  const fill = (moment: number) => {
    tokens = Math.min(capacity, tokens + (moment - at) * perMs);
    at = moment;
  };
  return {
    left(moment) {
      fill(moment);
      return tokens;
    },
    take(moment, amount) {
      fill(moment);
      tokens -= amount;
    },
    waitFor(moment, amount) {
      fill(moment);
      const lacking = amount - tokens - roundingError;
      return lacking <= 0 ? 0 : Math.ceil(lacking / perMs);
    },
    fullIn(moment) {
      fill(moment);
      return Math.ceil((capacity - tokens) / perMs);
    },
  };
}
