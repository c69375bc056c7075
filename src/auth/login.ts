import { ProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { readBedrockKey } from './bedrock-key.ts';
import { identityCenterOf, signInByBrowser, signInByDevice } from './identity-center.ts';
import { type Account, listAccounts, listRoles, roleKeys } from './identity-center-portal.ts';
import { bedrockKeyRecord, type IdentityParts, tokenRecord } from './identity-parts.ts';
import {
  type ExchangeOptions,
  exchangeToken,
  type SignInPrompt,
  signInWithBrowser,
  signInWithDevice,
} from './oauth.ts';
import { findOAuthServer } from './oauth-server.ts';
import { openIdentity } from './open-identity.ts';
import { forgetRegistration, registrationForLogin } from './registration.ts';
import { rotatingToken } from './rotating-token.ts';
import { type SignIn, writeSignIn } from './sign-in.ts';
import { loginCommand } from './sign-in-needed.ts';
import type { TokenPair } from './token-record.ts';

/** What `auth login` was asked for: a sign-in, where an account and a role may still be open. */
export type LoginWish =
  | Exclude<SignIn, { source: 'identity-center' }>
  | {
      source: 'identity-center';
      startUrl: string;
      region: string;
      accountId?: string | undefined;
      roleName?: string | undefined;
    };

/** The person at the terminal. Everything here may throw when nobody can be asked. */
export type LoginPerson = {
  show: (prompt: SignInPrompt) => void;
  pickAccount: (accounts: readonly Account[]) => Promise<string>;
  pickRole: (roles: readonly string[]) => Promise<string>;
  /** A secret typed without echo, or read from stdin. */
  paste: (question: string) => Promise<Secret>;
};

export type LoginOptions = {
  dir: string;
  parts: IdentityParts;
  person: LoginPerson;
  /** Codes on any device instead of this machine's browser. */
  device: boolean;
  exchange?: ExchangeOptions;
  signal?: AbortSignal | undefined;
};

/**
 * Signs in and proves it: the vault is probed before anything is spent, the pair is stored before anything is done with
 * it, and only a sign-in that gave an identity is written down.
 */
export async function login(wish: LoginWish, options: LoginOptions): Promise<SignIn> {
  const { dir, parts } = options;
  if (wish.source !== 'aws' && wish.source !== 'minted-key') await parts.vault.probe('prompt');
  const signIn = await signInAs(wish, options);
  const open = openIdentity(signIn, parts);
  try {
    await open.provide({ fresh: false });
  } finally {
    await open.close();
  }
  await writeSignIn(dir, signIn);
  await dropOthers(signIn, parts);
  return signIn;
}

async function signInAs(wish: LoginWish, options: LoginOptions): Promise<SignIn> {
  const { parts, person, device, signal } = options;
  const sign = { show: person.show, signal, clock: parts.clock };
  switch (wish.source) {
    case 'aws':
    case 'minted-key':
      return wish;
    case 'bedrock-key': {
      const key = await person.paste('Bedrock API key');
      readBedrockKey(key);
      await parts.vault.set(bedrockKeyRecord, key.reveal(), 'prompt');
      return wish;
    }
    case 'identity-center':
      return intoIdentityCenter(wish, options);
    case 'oidc': {
      const server = await findOAuthServer({ ...wish, fetch: parts.fetch });
      await store(parts, await (device ? signInWithDevice : signInWithBrowser)(server, sign));
      return wish;
    }
    case 'exchange': {
      const issuer = new URL(wish.tokenEndpoint).origin;
      const server = await findOAuthServer({ issuer, ...wish, fetch: parts.fetch });
      await store(parts, await exchangeToken(server, await person.paste('One-time token'), options.exchange));
      return wish;
    }
    default:
      return wish satisfies never;
  }
}

async function intoIdentityCenter(
  wish: LoginWish & { source: 'identity-center' },
  { parts, person, device, signal }: LoginOptions,
): Promise<SignIn> {
  const center = identityCenterOf(wish, parts);
  const registration = await registrationForLogin(parts.vault, center, parts.clock);
  const sign = { show: person.show, signal, clock: parts.clock };
  const pair = await (device ? signInByDevice : signInByBrowser)(center, registration, sign);
  await store(parts, pair);
  const token = new Secret(pair.accessToken);
  const accountId =
    wish.accountId ?? (await pickOnly(await listAccounts(center, token), ({ id }) => id, person.pickAccount));
  const roles = wish.roleName === undefined ? await listRoles(center, token, accountId) : [];
  const roleName = wish.roleName ?? (await pickOnly(roles, (role) => role, person.pickRole));
  await roleKeys(center, token, { accountId, roleName });
  return { source: 'identity-center', startUrl: wish.startUrl, region: wish.region, accountId, roleName };
}

/** Asks only where there is a choice. */
async function pickOnly<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  ask: (all: readonly T[]) => Promise<string>,
): Promise<string> {
  const [first] = all;
  if (first === undefined)
    throw new ProxyError('sign_in_needed', 'You are signed in, but no account or role is assigned to you there.', {
      fix: 'ask your administrator for a permission set that may call Amazon Bedrock',
    });
  return all.length === 1 ? nameOf(first) : ask(all);
}

async function store({ vault, takeLock, clock }: IdentityParts, pair: TokenPair): Promise<void> {
  const token = rotatingToken({
    name: tokenRecord,
    what: 'Your sign-in',
    fix: loginCommand,
    vault,
    takeLock,
    clock,
    grant: { refresh: async () => ({ kind: 'unsent', detail: 'only stored here' }) },
  });
  await token.save(pair, 'prompt');
}

/** Secrets of a sign-in that this one replaces do not stay behind. */
async function dropOthers({ source }: SignIn, { vault }: IdentityParts): Promise<void> {
  if (source === 'aws' || source === 'minted-key') return;
  if (source !== 'bedrock-key') await vault.delete(bedrockKeyRecord, 'prompt');
  else await vault.delete(tokenRecord, 'prompt');
  if (source !== 'identity-center') await forgetRegistration(vault);
}
