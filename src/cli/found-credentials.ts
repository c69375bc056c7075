import type { SignIn } from '../auth/sign-in.ts';
import type { Loaded } from '../config/load.ts';
import { type AwsFiles, readAwsFiles } from './aws-profiles.ts';
import { sourceText } from './config.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What calls would be signed with, and who says so. */
export type FoundCredentials = {
  /** As people name it: `profile work, SSO`. */
  what: string;
  from: string;
  profile?: string;
  endsAt?: number | undefined;
  /** The command that renews it, where a person has to. */
  renew?: string;
};

export type CredentialSearch = {
  found: FoundCredentials | undefined;
  /** Everything that was looked at, and how it is. */
  looked: readonly (readonly [what: string, state: string])[];
  files: AwsFiles;
  region: { name: string; from: string } | undefined;
};

/** Looks where the AWS SDK looks, in its order, without a network and without reading a secret. */
export function searchCredentials(loaded: Loaded, signIn: SignIn, env: Env, home?: string): CredentialSearch {
  const files = readAwsFiles(env, home);
  const found = ownSignIn(signIn) ?? fromEnvironment(env) ?? fromProfile(loaded, env, files) ?? fromPlatform(env);
  return { found, files, looked: lookedAt(env, files), region: regionOf(loaded, env, files, found?.profile, signIn) };
}

function ownSignIn(signIn: SignIn): FoundCredentials | undefined {
  const from = 'claude-bedrock auth login';
  switch (signIn.source) {
    case 'aws':
      return undefined;
    case 'identity-center':
      return { what: `IAM Identity Center, account ${signIn.accountId}, role ${signIn.roleName}`, from, renew: from };
    case 'oidc':
    case 'exchange':
      return { what: 'company sign-in', from, renew: from };
    case 'bedrock-key':
      return { what: 'Bedrock API key', from, renew: from };
    case 'minted-key':
      return { what: 'short-term Bedrock keys', from };
    default:
      return signIn satisfies never;
  }
}

function fromEnvironment(env: Env): FoundCredentials | undefined {
  if (env['AWS_BEARER_TOKEN_BEDROCK']) return { what: 'Bedrock API key', from: 'AWS_BEARER_TOKEN_BEDROCK' };
  if (env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY'] && !env['AWS_PROFILE'])
    return { what: env['AWS_SESSION_TOKEN'] ? 'temporary keys' : 'access keys', from: 'AWS_ACCESS_KEY_ID' };
  return undefined;
}

function fromProfile(loaded: Loaded, env: Env, { profiles, config }: AwsFiles): FoundCredentials | undefined {
  const chosen = loaded.settings.aws.profile ?? env['AWS_PROFILE'];
  const usable = profiles.filter(({ kind }) => kind !== 'settings only');
  const name = chosen ?? (usable.some((profile) => profile.name === 'default') ? 'default' : undefined);
  const profile = usable.find((candidate) => candidate.name === name);
  if (!profile) return undefined;
  const from =
    loaded.settings.aws.profile !== undefined
      ? tilde(sourceText(loaded.sourceOf('aws.profile')))
      : env['AWS_PROFILE']
        ? 'AWS_PROFILE'
        : tilde(config);
  const renew = profile.kind === 'SSO' ? { renew: `aws sso login --profile ${profile.name}` } : {};
  return {
    what: `profile ${profile.name}, ${profile.kind}`,
    from,
    profile: profile.name,
    endsAt: profile.signInEndsAt,
    ...renew,
  };
}

function fromPlatform(env: Env): FoundCredentials | undefined {
  for (const name of ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'])
    if (env[name]) return { what: 'the container’s role', from: name };
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] && env['AWS_ROLE_ARN'])
    return { what: 'a role by web identity', from: 'AWS_WEB_IDENTITY_TOKEN_FILE' };
  return undefined;
}

function lookedAt(env: Env, { config, credentials, found, profiles }: AwsFiles): (readonly [string, string])[] {
  const names = ['AWS_BEARER_TOKEN_BEDROCK', 'AWS_ACCESS_KEY_ID'];
  const set = names.filter((name) => env[name]);
  const usable = profiles.filter(({ kind }) => kind !== 'settings only').map(({ name }) => name);
  const state =
    found.length === 0
      ? 'not found'
      : usable.length === 0
        ? 'no profile with credentials'
        : `profiles: ${usable.join(', ')}`;
  return [
    [names.join(', '), set.length === 0 ? 'not set' : `${set.join(', ')} set`],
    [`${tilde(config)}, ${tilde(credentials)}`, state],
  ];
}

function regionOf(
  loaded: Loaded,
  env: Env,
  { profiles }: AwsFiles,
  profileName: string | undefined,
  signIn: SignIn,
): CredentialSearch['region'] {
  const { region } = loaded.settings.aws;
  if (region !== undefined) return { name: region, from: tilde(sourceText(loaded.sourceOf('aws.region'))) };
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = env[name];
    if (value) return { name: value, from: name };
  }
  const profile = profiles.find(({ name }) => name === (profileName ?? 'default'));
  if (profile?.region !== undefined) return { name: profile.region, from: `profile ${profile.name}` };
  return signIn.source === 'minted-key' ? { name: signIn.region, from: 'the sign-in' } : undefined;
}

/** The home folder as people write it. */
export const tilde = (path: string): string => {
  const home = process.env['HOME'];
  return home !== undefined && home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
};
