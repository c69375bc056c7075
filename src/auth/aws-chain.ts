import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { safeWords } from '../base/safe-words.ts';
import { type AwsKeys, bareKeys, type IdentityProvider, rememberedIdentity } from './aws-identity.ts';
import { globalHandler } from './global-handler.ts';
import { loginCommand } from './sign-in-needed.ts';
import { networkCode } from './token-answer.ts';
import { fileStamp } from './whole-file.ts';

export type AwsChainOptions = {
  profile?: string | undefined;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
};

/**
 * AWS's own chain: environment, profile, SSO profile, `credential_process`, container, instance, in the SDK's order. The
 * files under `~/.aws` are looked at before each use, so that `aws sso login` or an edited profile counts at once.
 */
export function awsChain({ profile, home, env, clock }: AwsChainOptions): IdentityProvider {
  const files = watchedFiles(home, env);
  let provide: IdentityProvider | undefined;
  let stamp = '';
  return (options) => {
    const seen = files.map(fileStamp).join();
    if (!provide || seen !== stamp) provide = rememberedIdentity(() => resolveChain(profile), clock);
    stamp = seen;
    return provide(options);
  };
}

function watchedFiles(home: string, env: AwsChainOptions['env']): string[] {
  const folder = join(home, '.aws');
  return [
    env['AWS_CONFIG_FILE'] ?? join(folder, 'config'),
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials'),
    join(folder, 'sso', 'cache'),
    join(folder, 'login', 'cache'),
  ];
}

async function resolveChain(profile: string | undefined): Promise<AwsKeys> {
  const [{ defaultProvider }, requestHandler] = await Promise.all([
    import('@aws-sdk/credential-provider-node'),
    globalHandler(),
  ]);
  const provider = defaultProvider({
    ...(profile !== undefined && { profile }),
    // The SDK otherwise keeps the first reading of the files for the life of the process.
    ignoreCache: true,
    // For the clients of IAM Identity Center, STS and `aws login` inside the chain.
    clientConfig: { requestHandler },
  });
  try {
    return bareKeys(await provider());
  } catch (error) {
    throw chainFailed(error, profile);
  }
}

/** The SDK's sentence names profiles, files and commands, never secrets; still it stays in the log, and people get ours. */
function chainFailed(error: unknown, profile: string | undefined): ProxyError {
  const said = error instanceof Error ? error.message : '';
  const detail = safeWords(said);
  const named = profile === undefined ? '' : ` --profile ${profile}`;
  const whose = profile === undefined ? '' : ` of profile "${profile}"`;
  if (unreachable.has(networkCode(error)))
    return new ProxyError('upstream_unavailable', `The AWS sign-in service${whose} could not be reached.`, {
      retry: 'backoff',
      retryAfterMs: 2_000,
      fix: 'check the network, and HTTPS_PROXY if your company has a proxy',
      detail,
    });
  const [what, fix] = lacking(said, named, whose);
  return new ProxyError('sign_in_needed', `${what} No restart is needed: run the command, then resend.`, {
    fix,
    detail,
  });
}

const unreachable = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** What is missing, and the command that brings it. */
function lacking(said: string, named: string, whose: string): [what: string, fix: string] {
  if (/multi-factor/i.test(said))
    return [
      `The role${whose} wants a code of an MFA device, which a proxy cannot type.`,
      'aws sts get-session-token --serial-number ARN --token-code CODE, and put its keys into the source profile',
    ];
  const over = `The AWS sign-in${whose} has expired or was never made.`;
  if (/\bsso\b/i.test(said)) return [over, `aws sso login${named}`];
  if (/\blogin\b/i.test(said)) return [over, `aws login${named}`];
  if (named === '') return ['No AWS credentials were found.', loginCommand];
  return [`No AWS credentials came${whose}.`, `aws sts get-caller-identity${named} tells what is wrong with it`];
}
