import { ProxyError } from '../base/errors.ts';
import { agoText } from '../base/span-text.ts';

/** The one command that mends every sign-in: it asks for nothing that it knows already. */
export const loginCommand = 'claude-bedrock auth login';

/** What is said of a sign-in that is over. */
export type SignedOut = {
  /** What is over, as the person knows it: `Your sign-in to https://login.example.com`. */
  what: string;
  /** How it came about: `expired`, `was revoked`. */
  how: string;
  /** How long ago, in milliseconds, if that is known. */
  agoMs?: number | undefined;
  /** The exact command that mends it. */
  fix: string;
};

/** The `sign_in_needed` error that a person reads in the editor's chat: what is over, since when, and the one command. */
export function signInNeeded({ what, how, agoMs, fix }: SignedOut): ProxyError {
  const since = agoMs === undefined || agoMs < 0 ? '' : ` ${agoText(agoMs)}`;
  const said = `${what} ${how}${since}. No restart is needed: run the command, then resend.`;
  return new ProxyError('sign_in_needed', said, { fix });
}
