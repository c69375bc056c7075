import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProxyError } from '../base/errors.ts';
import { isObject, parsedJson } from '../base/json.ts';
import { loginCommand } from './sign-in-needed.ts';
import { fileStamp, isMissing, writeWhole } from './whole-file.ts';

/** What a sign-in's token is for: role keys by STS, or as it is at a gateway in front of Bedrock. */
export type TokenUse = { kind: 'role'; roleArn: string; region: string } | { kind: 'gateway' };

/**
 * How this installation is signed in: chosen by `auth login`, kept without any secret, so that it can be shown while the
 * vault is locked. The secrets lie in the vault.
 */
export type SignIn =
  | { source: 'aws'; profile?: string | undefined }
  | { source: 'identity-center'; startUrl: string; region: string; accountId: string; roleName: string }
  | {
      source: 'oidc';
      issuer: string;
      clientId: string;
      scopes: readonly string[];
      audience?: string | undefined;
      use: TokenUse;
    }
  | {
      source: 'exchange';
      tokenEndpoint: string;
      clientId: string;
      revocationEndpoint?: string | undefined;
      use: TokenUse;
    }
  | { source: 'bedrock-key' }
  | { source: 'minted-key'; region: string; profile?: string | undefined };

/** The ways of signing in. */
export type SignInSource = SignIn['source'];

/** All of them, for checks and help. */
export const signInSources = [
  'aws',
  'identity-center',
  'oidc',
  'exchange',
  'bedrock-key',
  'minted-key',
] as const satisfies readonly SignInSource[];

const fileName = 'sign-in.json';

/** The sign-in of this installation; AWS's own chain when nothing was chosen. */
export async function readSignIn(dir: string): Promise<SignIn> {
  let text: string;
  try {
    text = await readFile(join(dir, fileName), 'utf8');
  } catch (error) {
    if (isMissing(error)) return { source: 'aws' };
    throw error;
  }
  return parseSignIn(text);
}

/** Gives what differs after every login and logout, for microseconds each time: what was remembered for another sign-in is void. */
export function signInStamp(dir: string): () => string {
  const path = join(dir, fileName);
  return () => fileStamp(path);
}

/** Writes how this person signs in, whole, in a folder of 0700. Throws what the file system throws. */
export async function writeSignIn(dir: string, signIn: SignIn): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeWhole(dir, join(dir, fileName), `${JSON.stringify({ version: 1, ...signIn }, undefined, 2)}\n`);
}

/** Back to AWS's own chain, said in a new file: a running server sees every logout, the second one too. */
export const forgetSignIn = (dir: string): Promise<void> => writeSignIn(dir, { source: 'aws' });

function parseSignIn(text: string): SignIn {
  const value = parsedJson(text);
  if (isObject(value) && isSignIn(value)) return value;
  throw new ProxyError('sign_in_needed', `The description of your sign-in (${fileName}) is damaged.`, {
    fix: loginCommand,
  });
}

function isSignIn(value: Record<string, unknown>): value is SignIn {
  const has = (...names: string[]) => names.every((name) => typeof value[name] === 'string');
  switch (value['source']) {
    case 'aws':
    case 'bedrock-key':
      return true;
    case 'minted-key':
      return has('region');
    case 'identity-center':
      return has('startUrl', 'region', 'accountId', 'roleName');
    case 'oidc':
      return has('issuer', 'clientId') && Array.isArray(value['scopes']) && isUse(value['use']);
    case 'exchange':
      return has('tokenEndpoint', 'clientId') && isUse(value['use']);
    default:
      return false;
  }
}

const isUse = (use: unknown): boolean =>
  isObject(use) &&
  (use['kind'] === 'gateway' ||
    (use['kind'] === 'role' && typeof use['roleArn'] === 'string' && typeof use['region'] === 'string'));

/** A sign-in in the words of the person who made it. */
export function describeSignIn(signIn: SignIn): string {
  switch (signIn.source) {
    case 'aws':
      return signIn.profile === undefined ? "AWS's own credential chain" : `AWS profile "${signIn.profile}"`;
    case 'identity-center':
      return `IAM Identity Center ${signIn.startUrl}, account ${signIn.accountId}, role ${signIn.roleName}`;
    case 'oidc':
      return `OpenID Connect ${signIn.issuer}${useText(signIn.use)}`;
    case 'exchange':
      return `token exchange at ${signIn.tokenEndpoint}${useText(signIn.use)}`;
    case 'bedrock-key':
      return 'Bedrock API key';
    case 'minted-key':
      return `short-term Bedrock API keys for ${signIn.region}, made from your AWS credentials`;
    default:
      return signIn satisfies never;
  }
}

const useText = (use: TokenUse): string => (use.kind === 'role' ? `, role ${use.roleArn}` : ', as bearer to a gateway');
