import type { Identity } from './aws-identity.ts';
import type { IdentityParts, OpenIdentity } from './identity-parts.ts';
import { openIdentity } from './open-identity.ts';
import { readSignIn, signInStamp } from './sign-in.ts';

/** What this installation calls with. */
export type CurrentIdentity = {
  /** The identity to call with; undefined leaves it to the AWS SDK's own chain. */
  provide(options: { fresh: boolean }): Promise<Identity | undefined>;
  close(): Promise<void>;
};

/**
 * The sign-in of this installation as it is at each use: a login or a logout in another process counts without a
 * restart, also a login that reads the same, because it may be another person's. The vault is opened only when a sign-in
 * needs it, so that AWS's own chain works without any keyring.
 */
export function currentIdentity(dir: string, parts: () => Promise<IdentityParts>): CurrentIdentity {
  const stampNow = signInStamp(dir);
  let current: { stamp: string; open: OpenIdentity } | undefined;

  async function close(): Promise<void> {
    const closing = current;
    current = undefined;
    await closing?.open.close();
  }

  return {
    async provide(options) {
      // The stamp first: a login between the two is then seen at the next use.
      const stamp = stampNow();
      const signIn = await readSignIn(dir);
      if (current && current.stamp !== stamp) await close();
      if (signIn.source === 'aws' && signIn.profile === undefined) return undefined;
      // Before the check: two calls at once would both find nothing and open it twice.
      const ready = await parts();
      current ??= { stamp, open: openIdentity(signIn, ready) };
      return current.open.provide(options);
    },
    close,
  };
}
