import type { Identity } from './aws-identity.ts';
import type { IdentityParts, OpenIdentity } from './identity-parts.ts';
import { openIdentity } from './open-identity.ts';
import { readSignIn } from './sign-in.ts';

/** What this installation calls with. */
export type CurrentIdentity = {
  /** The identity to call with; undefined leaves it to the AWS SDK's own chain. */
  provide(options: { fresh: boolean }): Promise<Identity | undefined>;
  close(): Promise<void>;
};

/**
 * The sign-in of this installation as it is at each use: a login or a logout in another process counts without a
 * restart. The vault is opened only when a sign-in needs it, so that AWS's own chain works without any keyring.
 */
export function currentIdentity(dir: string, parts: () => Promise<IdentityParts>): CurrentIdentity {
  let current: { text: string; open: OpenIdentity } | undefined;

  async function close(): Promise<void> {
    const closing = current;
    current = undefined;
    await closing?.open.close();
  }

  return {
    async provide(options) {
      const signIn = await readSignIn(dir);
      const text = JSON.stringify(signIn);
      if (current && current.text !== text) await close();
      if (signIn.source === 'aws' && signIn.profile === undefined) return undefined;
      // Before the check: two calls at once would both find nothing and open it twice.
      const ready = await parts();
      current ??= { text, open: openIdentity(signIn, ready) };
      return current.open.provide(options);
    },
    close,
  };
}
