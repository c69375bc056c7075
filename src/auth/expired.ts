import { ProxyError } from '../base/errors.ts';

/** What is said of a sign-in that is over. */
export type SignedOut = {
  /** What is over, as the person knows it: `Your sign-in to https://login.example.com`. */
  what: string;
  /** How it came about: `expired`, `was revoked`. */
  how: string;
  /** When, in wall milliseconds, if that is known. */
  at?: number | undefined;
  now: number;
  /** The exact command that mends it. */
  fix: string;
  cause?: unknown;
};

/** The `sign_in_needed` error that a person reads in the editor's chat: what is over, since when, and the one command. */
export function signInNeeded({ what, how, at, now, fix, cause }: SignedOut): ProxyError {
  const since = at === undefined || at > now ? '' : ` ${agoText(now - at)}`;
  return new ProxyError(
    'sign_in_needed',
    `${what} ${how}${since}. No restart is needed: run the command, then resend.`,
    {
      fix,
      cause,
    },
  );
}

/** `just now`, `6 min ago`, `3 h ago`, `2 days ago`. */
export function agoText(ms: number): string {
  return ms < 60_000 ? 'just now' : `${spanText(ms)} ago`;
}

/** A span rounded down to one unit, for people: `45 s`, `6 min`, `7 h 51 min`, `2 days`. */
export function spanText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 || hours >= 12 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}
