import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { signInNeeded } from './sign-in-needed.ts';
import type { TokenRecord } from './token-record.ts';

/** The sign-in as the person knows it, and the command that signs in again. */
type Naming = { what: string; fix: string };

/** Nobody is signed in (no record), or the sign-in is over: which of the two, how it came, and since when. */
export function signedOut({ what, fix }: Naming, record: TokenRecord | undefined, clock: Clock): ProxyError {
  const now = clock.now();
  if (!record) return signInNeeded({ what, how: 'is missing: nobody is signed in', fix });
  const { ended } = record;
  if (ended?.reason === 'interrupted')
    return signInNeeded({ what, how: 'was lost when a renewal was interrupted', agoMs: now - ended.at, fix });
  const { refreshExpiresAt } = record;
  if (ended && refreshExpiresAt !== undefined && refreshExpiresAt <= ended.at)
    return signInNeeded({ what, how: 'expired', agoMs: now - refreshExpiresAt, fix });
  if (ended) return signInNeeded({ what, how: 'was revoked or expired at the server', agoMs: now - ended.at, fix });
  return signInNeeded({ what, how: 'expired', agoMs: now - (refreshExpiresAt ?? record.expiresAt), fix });
}

/** The sign-in is good, but cannot be renewed at this moment: 503 with the time to come back. */
export function notNow({ what, fix }: Naming, why: string, waitMs: number): ProxyError {
  const refused = why === 'refused';
  const saying = refused ? 'the token server refuses this client' : 'the token server does not answer as it should';
  return new ProxyError('upstream_unavailable', `${what} could not be renewed: ${saying}.`, {
    retryAfterMs: Math.max(1_000, Math.ceil(waitMs)),
    detail: `refresh: ${why}`,
    // A client that the server no longer knows (Identity Center forgets it after 90 days) is mended by a new login.
    fix: refused ? fix : 'claude-bedrock auth status',
  });
}
