import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import type { AccessToken } from './access-token.ts';
import { type Identity, type IdentityProvider, rememberedIdentity } from './aws-identity.ts';
import { identityCenterGrant, identityCenterOf } from './identity-center.ts';
import { logOutOfPortal, roleKeys } from './identity-center-portal.ts';
import type { IdentityParts, IdentityStatus, OpenIdentity } from './identity-parts.ts';
import { oauthGrant } from './oauth.ts';
import { findOAuthServer, type OAuthServer } from './oauth-server.ts';
import { type RotatingToken, rotatingToken, type TokenStatus } from './rotating-token.ts';
import { describeSignIn, type SignIn, type TokenUse } from './sign-in.ts';
import { loginCommand } from './sign-in-needed.ts';
import { type TokenWish, tokenRecord } from './sign-in-records.ts';
import type { TokenGrant } from './token-refresh.ts';
import { assumeRoleWithToken } from './web-identity.ts';

/** IAM Identity Center: the rotating token in the vault, role keys in memory. */
export function fromIdentityCenter(signIn: SignIn & { source: 'identity-center' }, parts: IdentityParts): OpenIdentity {
  const center = identityCenterOf(signIn, parts);
  const token = tokenOf(signIn, `Your AWS sign-in at ${signIn.startUrl}`, parts, identityCenterGrant(center));
  const keys = (access: AccessToken) => roleKeys(center, access.token, signIn);
  const open = fromToken(signIn, token, remembered(token, keys, parts.clock));
  return {
    ...open,
    async signOut() {
      // The portal's logout takes the access token; RFC 7009 is not spoken here.
      const revoked = await token.get().then(
        (access) => logOutOfPortal(center, access.token),
        () => false,
      );
      await token.signOut();
      return { revoked };
    },
  };
}

/** An OAuth server: the rotating token in the vault, used at STS for a role or as it is at a gateway. */
export function fromOAuth(signIn: SignIn & { source: 'oidc' | 'exchange' }, parts: IdentityParts): OpenIdentity {
  const server = oauthServerOf(signIn, parts);
  const token = tokenOf(signIn, `Your sign-in at ${serverName(signIn)}`, parts, {
    refresh: async (secret) => oauthGrant(await server()).refresh(secret),
    revoke: async (secret) => (await oauthGrant(await server()).revoke?.(secret)) ?? false,
  });
  const { use } = signIn;
  const provide: IdentityProvider =
    use.kind === 'role' ? remembered(token, (access) => assume(use, access), parts.clock) : gateway(token);
  return fromToken(signIn, token, provide);
}

const serverName = (signIn: SignIn & { source: 'oidc' | 'exchange' }): string =>
  signIn.source === 'oidc' ? signIn.issuer : signIn.tokenEndpoint;

/** Finds the server at the first use, and again after a failure. */
function oauthServerOf(signIn: SignIn & { source: 'oidc' | 'exchange' }, { fetch }: IdentityParts) {
  let found: Promise<OAuthServer> | undefined;
  const settings =
    signIn.source === 'oidc'
      ? { issuer: signIn.issuer, clientId: signIn.clientId, scopes: signIn.scopes, audience: signIn.audience, fetch }
      : { issuer: new URL(signIn.tokenEndpoint).origin, ...signIn, fetch };
  return (): Promise<OAuthServer> => {
    found ??= findOAuthServer(settings).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

/** STS wants the statement of who signed in; where the server gives none, its access token may be one (a JWT). */
const assume = (use: TokenUse & { kind: 'role' }, access: AccessToken): Promise<Identity> =>
  assumeRoleWithToken(use, access.idToken ?? access.token);

function gateway(token: RotatingToken): IdentityProvider {
  let last: number | undefined;
  return async ({ fresh }) => {
    const access = fresh && last !== undefined ? await token.refused(last) : await token.get();
    last = access.generation;
    return { token: access.token.reveal(), expiration: new Date(access.expiresAt), forGateway: true };
  };
}

type Derive = (access: AccessToken) => Promise<Identity>;

/** No role's keys live shorter (STS, AssumeRoleWithWebIdentity, `DurationSeconds`). */
const shortestLifeMs = 900_000;

/** Keys that were made just now and seem over are judged by a clock that is ahead: believed, it would have new ones made for every request. */
function remembered(token: RotatingToken, derive: Derive, clock: Clock): IdentityProvider {
  const provide = replayed(token, derive);
  const provideGood: IdentityProvider = async (wish) => {
    const identity = await provide(wish);
    const now = clock.now();
    if (identity.expiration === undefined || identity.expiration.getTime() > now) return identity;
    return { ...identity, expiration: new Date(now + shortestLifeMs) };
  };
  return rememberedIdentity(provideGood, clock);
}

/** Derives keys from the token; when the token is refused, once more with a new one. */
function replayed(token: RotatingToken, derive: Derive): IdentityProvider {
  return async () => {
    const access = await token.get();
    try {
      return await derive(access);
    } catch (error) {
      if (!(error instanceof ProxyError) || error.code !== 'sign_in_needed') throw error;
      const status = await token.status();
      if (status.state !== 'signed-in' || !status.renewable) throw error;
      return derive(await token.refused(access.generation));
    }
  };
}

function tokenOf(signIn: TokenWish, what: string, parts: IdentityParts, grant: TokenGrant): RotatingToken {
  const { vault, takeLock, clock, onRefresh } = parts;
  return rotatingToken({
    name: tokenRecord(signIn),
    what,
    fix: loginCommand,
    vault,
    takeLock,
    grant,
    clock,
    ...(onRefresh && { onRefresh: (bucket, durationMs) => onRefresh(signIn.source, bucket, durationMs) }),
  });
}

function fromToken(signIn: SignIn, token: RotatingToken, provide: IdentityProvider): OpenIdentity {
  return {
    provide,
    status: async () => statusOf(describeSignIn(signIn), await token.status()),
    async renew() {
      await token.renew();
      await provide({ fresh: true });
    },
    signOut: () => token.signOut(),
    close: () => token.close(),
  };
}

function statusOf(what: string, status: TokenStatus): IdentityStatus {
  switch (status.state) {
    case 'signed-out':
      return { what, state: 'signed-out', renewable: false, fix: loginCommand };
    case 'ended':
      return { what, state: 'ended', expiresAt: status.at, renewable: false, fix: loginCommand };
    case 'signed-in':
      return {
        what,
        state: 'signed-in',
        expiresAt: status.refreshExpiresAt ?? status.expiresAt,
        renewable: status.renewable,
      };
    default:
      return status satisfies never;
  }
}
