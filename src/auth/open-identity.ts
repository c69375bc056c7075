import { homedir } from 'node:os';
import { ProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { awsChain } from './aws-chain.ts';
import { type IdentityProvider, keysOnly, rememberedIdentity } from './aws-identity.ts';
import { type BedrockKeyFacts, mintBedrockKey, readBedrockKey } from './bedrock-key.ts';
import type { IdentityParts, OpenIdentity } from './identity-parts.ts';
import { describeSignIn, type SignIn } from './sign-in.ts';
import { loginCommand, signInNeeded } from './sign-in-needed.ts';
import { bedrockKeyRecord } from './sign-in-records.ts';
import { fromIdentityCenter, fromOAuth } from './token-identity.ts';

/** Makes the identity provider of a sign-in. Nothing is read or asked before the first use. */
export function openIdentity(signIn: SignIn, parts: IdentityParts): OpenIdentity {
  switch (signIn.source) {
    case 'aws':
      if (signIn.profile === undefined && environmentKey(parts) !== undefined) return fromEnvironmentKey(parts);
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

/** AWS's own variable for a Bedrock API key; empty counts as unset. */
const environmentKey = ({ env }: IdentityParts): string | undefined => env['AWS_BEARER_TOKEN_BEDROCK'] || undefined;

function fromEnvironmentKey(parts: IdentityParts): OpenIdentity {
  const key = () => environmentKey(parts) ?? '';
  return {
    provide: async () => ({ token: key() }),
    async status() {
      const what = 'Bedrock API key from AWS_BEARER_TOKEN_BEDROCK';
      // A key of a newer kind may not be readable here and still be good.
      const facts = factsOf(new Secret(key()));
      const over = facts?.expiresAt !== undefined && facts.expiresAt <= parts.clock.now();
      const fix = over ? 'put a new key into AWS_BEARER_TOKEN_BEDROCK and start again' : undefined;
      return { what, state: over ? 'ended' : 'signed-in', expiresAt: facts?.expiresAt, renewable: false, fix };
    },
    async renew() {
      throw new ProxyError('unsupported', 'A key from the environment cannot be renewed here.', { fix: loginCommand });
    },
    signOut: async () => ({ revoked: false }),
    close: async () => undefined,
  };
}

function factsOf(key: Secret): BedrockKeyFacts | undefined {
  try {
    return readBedrockKey(key);
  } catch {
    return undefined;
  }
}

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
        // A network that is down says nothing of the sign-in.
        if (!(error instanceof ProxyError) || error.code === 'upstream_unavailable') throw error;
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
    if (key === undefined) throw signInNeeded({ what, how: 'is missing', fix: loginCommand });
    const { expiresAt } = readBedrockKey(new Secret(key));
    if (expiresAt !== undefined && expiresAt <= now)
      throw signInNeeded({ what, how: 'expired', agoMs: now - expiresAt, fix: loginCommand });
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
