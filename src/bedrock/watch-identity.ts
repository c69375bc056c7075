import { type Identity, isBearer } from './identity.ts';

/** Follows which identity calls are made with, over rotations and new sign-ins. */
export type IdentityWatch = {
  saw(identity: Identity): void;
  /**
   * Names the identity that calls are made with under the present sign-in; undefined while none was seen under it. It may
   * hold a token: for comparing and hashing only.
   */
  account(): string | undefined;
};

/** Old identities may still sign calls that are under way; their secrets stay known for so many changes. */
const remembered = 8;

/**
 * `know` is told what of each new identity must never be written, and gives back how to forget it. `signInStamp` changes
 * with every login and logout.
 */
export function watchIdentity(know: (secret: string) => () => void, signInStamp: () => string): IdentityWatch {
  let latest = '';
  let stamp: string | undefined;
  const forgets: (() => void)[] = [];
  return {
    saw(identity) {
      stamp = signInStamp();
      const name = isBearer(identity) ? identity.token : identity.accessKeyId;
      if (name === latest) return;
      latest = name;
      const each = secretsOf(identity).map(know);
      forgets.push(() => {
        for (const forget of each) forget();
      });
      if (forgets.length > remembered) forgets.shift()?.();
    },
    account() {
      const now = signInStamp();
      return stamp === now ? `${latest} ${now}` : undefined;
    },
  };
}

function secretsOf(identity: Identity): string[] {
  if (isBearer(identity)) return [identity.token];
  const { secretAccessKey, sessionToken } = identity;
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}
