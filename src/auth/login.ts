import { ProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { readBedrockKey } from './bedrock-key.ts';
import { identityCenterOf, registerClient, signInByBrowser, signInByDevice } from './identity-center.ts';
import { type Account, listAccounts, listRoles, roleKeys } from './identity-center-portal.ts';
import type { IdentityParts } from './identity-parts.ts';
import {
  type ExchangeOptions,
  exchangeToken,
  type SignInPrompt,
  signInWithBrowser,
  signInWithDevice,
} from './oauth.ts';
import { findOAuthServer, secureUrl } from './oauth-server.ts';
import { openIdentity } from './open-identity.ts';
import { rotatingToken } from './rotating-token.ts';
import { readSignIn, type SignIn, writeSignIn } from './sign-in.ts';
import { loginCommand, signInNeeded } from './sign-in-needed.ts';
import { bedrockKeyRecord, recordsOf, type TokenWish, tokenRecord } from './sign-in-records.ts';
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
 * it, and only a sign-in that gave an identity is written down. Until then the one before stays as it was.
 */
export async function login(wish: LoginWish, options: LoginOptions): Promise<SignIn> {
  const { dir, parts } = options;
  if (wish.source !== 'aws' && wish.source !== 'minted-key') await parts.vault.probe('prompt');
  const before = await readSignIn(dir).catch(() => undefined);
  const kept = before ? recordsOf(before) : [];
  let signIn: SignIn;
  try {
    signIn = await signInAs(wish, options);
    await prove(signIn, parts);
    await writeSignIn(dir, signIn);
  } catch (error) {
    await drop(recordsOf(wish), kept, parts).catch(() => undefined);
    throw error;
  }
  await drop(kept, recordsOf(signIn), parts);
  return signIn;
}

async function prove(signIn: SignIn, parts: IdentityParts): Promise<void> {
  const open = openIdentity(signIn, parts);
  try {
    await open.provide({ fresh: false });
  } finally {
    await open.close();
  }
}

/** Secrets of a sign-in that is replaced, or came to nothing, do not stay behind. */
async function drop(records: string[], kept: string[], { vault, takeLock }: IdentityParts): Promise<void> {
  for (const name of records.filter((record) => !kept.includes(record))) {
    // A refresh that is under way would write it again.
    const release = await takeLock(name).catch(() => undefined);
    try {
      await vault.delete(name, 'prompt');
    } finally {
      release?.();
    }
  }
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
      const { expiresAt } = readBedrockKey(key);
      const agoMs = expiresAt === undefined ? -1 : parts.clock.now() - expiresAt;
      if (agoMs >= 0) throw signInNeeded({ what: 'This Bedrock API key', how: 'expired', agoMs, fix: loginCommand });
      await parts.vault.set(bedrockKeyRecord, key.reveal(), 'prompt');
      return wish;
    }
    case 'identity-center':
      return intoIdentityCenter(wish, options);
    case 'oidc': {
      const server = await findOAuthServer({ ...wish, fetch: parts.fetch });
      await store(wish, parts, await (device ? signInWithDevice : signInWithBrowser)(server, sign));
      return wish;
    }
    case 'exchange': {
      const issuer = secureUrl(wish.tokenEndpoint, 'token endpoint').origin;
      const server = await findOAuthServer({ issuer, ...wish, fetch: parts.fetch });
      await store(wish, parts, await exchangeToken(server, await person.paste('One-time token'), options.exchange));
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
  const client = await registerClient(center);
  const sign = { show: person.show, signal, clock: parts.clock };
  const pair = await (device ? signInByDevice : signInByBrowser)(center, client, sign);
  await store(wish, parts, pair);
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

async function store(from: TokenWish, { vault, takeLock, clock }: IdentityParts, pair: TokenPair): Promise<void> {
  const token = rotatingToken({
    name: tokenRecord(from),
    what: 'Your sign-in',
    fix: loginCommand,
    vault,
    takeLock,
    clock,
    grant: { refresh: async () => ({ kind: 'unsent', detail: 'only stored here' }) },
  });
  await token.save(pair, 'prompt');
}
