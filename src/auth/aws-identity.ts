import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import type { AwsKeys, Identity, IdentityProvider } from '../bedrock/identity.ts';
import { loginCommand } from './sign-in-needed.ts';

/** What calls are made with, as the transport takes it. */
export type { AwsKeys, BearerToken, Identity, IdentityProvider } from '../bedrock/identity.ts';

/** Renewal starts this long before the end; half of a shorter life. */
const aheadMs = 300_000;

/** A refused identity is replaced at once, but not more often than this: a wrong role is not mended by asking again. */
const freshAtMostEveryMs = 5_000;

/**
 * Remembers what `resolve` gave until it is nearly over: one resolution at a time; in the last minutes the old identity
 * serves while the new one is fetched; a failure then costs nothing until the old one has ended.
 */
export function rememberedIdentity(resolve: IdentityProvider, clock: Clock): IdentityProvider {
  let held: { identity: Identity; at: number; renewAt: number; endsAt: number } | undefined;
  let flight: Promise<Identity> | undefined;

  function fetch(fresh: boolean): Promise<Identity> {
    flight ??= resolve({ fresh })
      .then((identity) => {
        const now = clock.now();
        const endsAt = identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
        const renewAt = Math.max(endsAt - aheadMs, now + (endsAt - now) / 2);
        held = { identity, at: clock.monotonic(), renewAt, endsAt };
        return identity;
      })
      .finally(() => {
        flight = undefined;
      });
    return flight;
  }

  return async ({ fresh }) => {
    if (!held) return fetch(fresh);
    if (fresh) return clock.monotonic() - held.at < freshAtMostEveryMs ? held.identity : fetch(true);
    const now = clock.now();
    if (now >= held.endsAt) return fetch(false);
    if (now >= held.renewAt) fetch(false).catch(() => undefined);
    return held.identity;
  };
}

/** The keys and their end alone: the SDK's own identities carry more. */
export function bareKeys({ accessKeyId, secretAccessKey, sessionToken, expiration }: AwsKeys): AwsKeys {
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiration && { expiration }),
  };
}

/** AWS keys out of an identity, where a bearer token will not do. */
export function keysOnly(identity: Identity): AwsKeys {
  if ('accessKeyId' in identity) return identity;
  throw new ProxyError('sign_in_needed', 'This needs AWS access keys; a Bedrock API key cannot do it.', {
    fix: loginCommand,
  });
}
