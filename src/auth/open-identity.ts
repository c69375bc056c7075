import { homedir } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { awsChain } from './aws-chain.ts';
import { type Identity, type IdentityProvider, keysOnly, rememberedIdentity } from './aws-identity.ts';
import { mintBedrockKey, readBedrockKey } from './bedrock-key.ts';
import { signInNeeded } from './expired.ts';
import { type IdentityCenter, identityCenterGrant, logOutOfPortal, roleKeys } from './identity-center.ts';
import type { TakeLock } from './lock.ts';
import { oauthGrant } from './oauth.ts';
import { findOAuthServer, type OAuthServer } from './oauth-server.ts';
import { forgetRegistration, readRegistration } from './registration.ts';
import { type AccessToken, type RotatingToken, rotatingToken, type TokenStatus } from './rotating-token.ts';
import { describeSignIn, type SignIn, type TokenUse } from './sign-in.ts';
import type { RefreshBucket } from './token-record.ts';
import type { TokenGrant } from './token-refresh.ts';
import type { Vault } from './vault.ts';
import { assumeRoleWithToken } from './web-identity.ts';

export type IdentityParts = {
  vault: Vault;
  takeLock: TakeLock;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  home?: string;
  fetch?: typeof fetch;
  onRefresh?: (bucket: RefreshBucket) => void;
};

/** What `auth status` shows; `fix` is there when a person must act. */
export type IdentityStatus = {
  what: string;
  state: 'signed-in' | 'signed-out' | 'ended';
  expiresAt?: number | undefined;
  renewable: boolean;
  fix?: string | undefined;
};

/** A sign-in at work. */
export type OpenIdentity = {
  provide: IdentityProvider;
  status(): Promise<IdentityStatus>;
  /** `auth refresh`: everything that can be renewed, now. */
  renew(): Promise<void>;
  /** `auth logout`: revokes where the server can, deletes, reads back. */
  signOut(): Promise<{ revoked: boolean }>;
  close(): Promise<void>;
};

/** The names of our records in the vault. */
export const tokenRecord = 'sign-in/token';
export const bedrockKeyRecord = 'sign-in/bedrock-key';

/** The one command that mends every sign-in: it asks for nothing that it knows already. */
export const loginCommand = 'claude-bedrock auth login';

/** Makes the identity provider of a sign-in. Nothing is read or asked before the first use. */
export function openIdentity(signIn: SignIn, parts: IdentityParts): OpenIdentity {
  switch (signIn.source) {
    case 'aws':
      return fromChain(signIn, chainOf(signIn.profile, parts), parts);
    case 'minted-key': {
      const chain = chainOf(signIn.profile, parts);
      const mint: IdentityProvider = async (wish) =>
        mintBedrockKey(keysOnly(await chain(wish)), signIn.region, parts.clock.now());
      return fromChain(signIn, rememberedIdentity(mint, parts.clock), parts);
    }
    case 'bedrock-key':
      return fromPastedKey(signIn, parts);
    case 'identity-center':
      return fromIdentityCenter(signIn, parts);
    case 'oidc':
    case 'exchange':
      return fromOAuth(signIn, parts);
    default:
      return signIn satisfies never;
  }
}

const chainOf = (profile: string | undefined, { clock, env, home = homedir() }: IdentityParts): IdentityProvider =>
  awsChain({ profile, home, env, clock });

function fromChain(signIn: SignIn, provide: IdentityProvider, { clock }: IdentityParts): OpenIdentity {
  return {
    provide,
    async status() {
      const what = describeSignIn(signIn);
      try {
        const { expiration } = await provide({ fresh: false });
        const over = expiration !== undefined && expiration.getTime() <= clock.now();
        return { what, state: over ? 'ended' : 'signed-in', expiresAt: expiration?.getTime(), renewable: true };
      } catch (error) {
        if (!(error instanceof ProxyError)) throw error;
        return { what, state: 'signed-out', renewable: false, fix: error.facts.fix };
      }
    },
    renew: async () => void (await provide({ fresh: true })),
    signOut: async () => ({ revoked: false }),
    close: async () => undefined,
  };
}

function fromPastedKey(signIn: SignIn, { vault, clock }: IdentityParts): OpenIdentity {
  const what = 'Your Bedrock API key';
  const read: IdentityProvider = async () => {
    const key = await vault.get(bedrockKeyRecord);
    const now = clock.now();
    if (key === undefined) throw signInNeeded({ what, how: 'is missing', now, fix: loginCommand });
    const { expiresAt } = readBedrockKey(new Secret(key));
    if (expiresAt !== undefined && expiresAt <= now)
      throw signInNeeded({ what, how: 'expired', at: expiresAt, now, fix: loginCommand });
    return { token: key, ...(expiresAt !== undefined && { expiration: new Date(expiresAt) }) };
  };
  return {
    provide: rememberedIdentity(read, clock),
    async status() {
      const key = await vault.get(bedrockKeyRecord);
      if (key === undefined)
        return { what: describeSignIn(signIn), state: 'signed-out', renewable: false, fix: loginCommand };
      const { expiresAt } = readBedrockKey(new Secret(key));
      const state = expiresAt !== undefined && expiresAt <= clock.now() ? 'ended' : 'signed-in';
      const fix = state === 'ended' ? loginCommand : undefined;
      return { what: describeSignIn(signIn), state, expiresAt, renewable: false, fix };
    },
    async renew() {
      throw new ProxyError('unsupported', 'A pasted Bedrock API key cannot be renewed.', { fix: loginCommand });
    },
    async signOut() {
      await vault.delete(bedrockKeyRecord, 'prompt');
      return { revoked: false };
    },
    close: async () => undefined,
  };
}

function fromIdentityCenter(signIn: SignIn & { source: 'identity-center' }, parts: IdentityParts): OpenIdentity {
  const center: IdentityCenter = { startUrl: signIn.startUrl, region: signIn.region, fetch: parts.fetch };
  const refreshing = identityCenterGrant(center, () => readRegistration(parts.vault, center, parts.clock));
  const what = `Your AWS sign-in at ${signIn.startUrl}`;
  const token = tokenOf(what, parts, refreshing);
  const keys = (access: AccessToken) => roleKeys(center, access.token, signIn, parts.clock);
  const open = fromToken(signIn, token, rememberedIdentity(replayed(token, keys), parts.clock));
  return {
    ...open,
    async signOut() {
      // The portal's logout takes the access token; RFC 7009 is not spoken here.
      const revoked = await token.get().then(
        (access) => logOutOfPortal(center, access.token),
        () => false,
      );
      await token.signOut();
      await forgetRegistration(parts.vault);
      return { revoked };
    },
  };
}

function fromOAuth(signIn: SignIn & { source: 'oidc' | 'exchange' }, parts: IdentityParts): OpenIdentity {
  const server = oauthServerOf(signIn, parts);
  const token = tokenOf(`Your sign-in at ${serverName(signIn)}`, parts, {
    refresh: async (secret) => oauthGrant(await server()).refresh(secret),
    revoke: async (secret) => (await oauthGrant(await server()).revoke?.(secret)) ?? false,
  });
  const { use } = signIn;
  const provide: IdentityProvider =
    use.kind === 'role'
      ? rememberedIdentity(
          replayed(token, (access) => assume(use, access)),
          parts.clock,
        )
      : gateway(token);
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
  assumeRoleWithToken({ ...use, sessionName: 'claude-bedrock' }, access.idToken ?? access.token);

function gateway(token: RotatingToken): IdentityProvider {
  let last: number | undefined;
  return async ({ fresh }) => {
    const access = fresh && last !== undefined ? await token.refused(last) : await token.get();
    last = access.generation;
    return { token: access.token.reveal(), expiration: new Date(access.expiresAt) };
  };
}

/** Derives keys from the token; when the token is refused, once more with a new one. */
function replayed(token: RotatingToken, derive: (access: AccessToken) => Promise<Identity>): IdentityProvider {
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

function tokenOf(what: string, parts: IdentityParts, grant: TokenGrant): RotatingToken {
  const { vault, takeLock, clock, onRefresh } = parts;
  return rotatingToken({
    name: tokenRecord,
    what,
    fix: loginCommand,
    vault,
    takeLock,
    grant,
    clock,
    ...(onRefresh && { onRefresh }),
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
