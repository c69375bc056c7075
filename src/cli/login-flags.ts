import type { Command } from 'commander';
import type { LoginPerson, LoginWish } from '../auth/login.ts';
import { readSignIn, type SignInSource, signInSources, type TokenUse } from '../auth/sign-in.ts';
import { ProxyError } from '../base/errors.ts';
import { askChoice, askLine, askSecret, notAsked } from './ask.ts';
import { openBrowser } from './open-browser.ts';
import type { Output } from './output.ts';
import { canAsk } from './terminal.ts';

export type LoginFlags = {
  source?: string;
  profile?: string;
  startUrl?: string;
  ssoRegion?: string;
  account?: string;
  role?: string;
  issuer?: string;
  tokenEndpoint?: string;
  revocationEndpoint?: string;
  clientId?: string;
  scope?: string[];
  audience?: string;
  roleArn?: string;
  region?: string;
  gateway?: boolean;
  grantType?: string;
  parameter?: string;
  subjectTokenType?: string;
  device?: boolean;
  browser?: boolean;
  input?: boolean;
  /** `--no-check`: false. */
  check?: boolean;
  json?: boolean;
};

/** Secrets are never among these: they are typed, or come on stdin. */
export function addLoginFlags(command: Command): Command {
  return command
    .option('--source <source>', signInSources.join(', '))
    .option('--start-url <url>', 'IAM Identity Center: the start URL of your company')
    .option('--sso-region <region>', 'IAM Identity Center: its Region')
    .option('--account <id>', 'IAM Identity Center: the account (default: asked when there are several)')
    .option('--role <name>', 'IAM Identity Center: the role (default: asked when there are several)')
    .option('--issuer <url>', 'OpenID Connect: the issuer')
    .option('--token-endpoint <url>', 'token exchange: where a pasted one-time token is exchanged')
    .option('--revocation-endpoint <url>', 'token exchange: where tokens are revoked at logout')
    .option('--client-id <id>', 'OpenID Connect, token exchange: the client id')
    .option('--scope <scope...>', 'OpenID Connect: scopes (default: openid offline_access)')
    .option('--audience <audience>', 'OpenID Connect: which API the token is for')
    .option('--role-arn <arn>', 'OpenID Connect, token exchange: the IAM role to assume at STS')
    .option('--region <region>', 'the Region of STS, or of minted Bedrock keys')
    .option('--gateway', 'OpenID Connect, token exchange: send the token itself to a gateway in front of Bedrock')
    .option('--grant-type <type>', 'token exchange: another grant type than RFC 8693')
    .option('--parameter <name>', 'token exchange: the parameter that carries the pasted token')
    .option('--subject-token-type <type>', 'token exchange: the type of the pasted token')
    .option('--profile <name>', 'AWS profile to sign with')
    .option('--device', 'sign in with a code on any device')
    .option('--no-browser', 'print the address instead of opening it')
    .option('--no-check', 'do not prove the sign-in with real requests (done on a terminal only)')
    .option('--no-input', 'never ask')
    .option('--json', 'print one JSON object');
}

/** What is asked for: by the options, by what they imply, as last time, or by what the person picks. */
export async function loginWish(flags: LoginFlags, dir: string, env: NodeJS.ProcessEnv): Promise<LoginWish> {
  const source = sourceOf(flags);
  if (source !== undefined) return wishFor(source, flags, env);
  const last = await readSignIn(dir).catch(() => undefined);
  if (last && last.source !== 'aws') return last;
  if (!canAsk(flags.input === false)) throw notAsked('How to sign in (--source)');
  const at = await askChoice(
    'How do you sign in to AWS?',
    menu.map(([, text]) => text),
  );
  return wishFor(menu[at]?.[0] ?? 'aws', flags, env);
}

const menu: readonly (readonly [SignInSource, string])[] = [
  ['identity-center', 'with my company’s AWS start page (IAM Identity Center)'],
  ['aws', 'as the AWS CLI does (profiles, environment, instance role)'],
  ['bedrock-key', 'with a Bedrock API key that I paste'],
  ['oidc', 'with an OpenID Connect issuer'],
  ['exchange', 'with a one-time token that I paste and that is exchanged'],
  ['minted-key', 'with short-term Bedrock API keys made from my AWS credentials'],
];

function sourceOf(flags: LoginFlags): SignInSource | undefined {
  if (flags.source !== undefined) {
    const known = signInSources.find((source) => source === flags.source);
    if (known) return known;
    throw new ProxyError('invalid_request', `--source takes one of ${signInSources.join(', ')}.`, {
      param: '--source',
    });
  }
  if (flags.startUrl !== undefined) return 'identity-center';
  if (flags.issuer !== undefined) return 'oidc';
  if (flags.tokenEndpoint !== undefined) return 'exchange';
  return flags.profile === undefined ? undefined : 'aws';
}

async function wishFor(source: SignInSource, flags: LoginFlags, env: NodeJS.ProcessEnv): Promise<LoginWish> {
  const need = async (given: string | undefined, question: string, initial?: string): Promise<string> => {
    const known = given ?? (canAsk(flags.input === false) ? await askLine(question, initial) : initial);
    if (known !== undefined && known !== '') return known;
    throw notAsked(question);
  };
  const { profile } = flags;
  const regionFrom = async (given: string | undefined, question: string, initial?: string): Promise<string> => {
    const region = await need(given, question, initial);
    // It becomes part of a host's name.
    if (/^[a-z\d-]{4,32}$/.test(region)) return region;
    throw new ProxyError('invalid_request', `"${region}" is no AWS Region; one is, for example, eu-central-1.`);
  };
  const region = () => regionFrom(flags.region, 'AWS Region', env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']);
  const use = async (): Promise<TokenUse> => {
    if (flags.gateway) return { kind: 'gateway' };
    return { kind: 'role', roleArn: await need(flags.roleArn, 'ARN of the role to assume'), region: await region() };
  };
  switch (source) {
    case 'aws':
      return { source, profile };
    case 'bedrock-key':
      return { source };
    case 'minted-key':
      return { source, profile, region: await region() };
    case 'identity-center': {
      const startUrl = startUrlOf(await need(flags.startUrl, 'Start URL'));
      const ssoRegion = await regionFrom(flags.ssoRegion, 'Region of IAM Identity Center', env['AWS_REGION']);
      return { source, startUrl, region: ssoRegion, accountId: flags.account, roleName: flags.role };
    }
    case 'oidc': {
      const issuer = await need(flags.issuer, 'Issuer');
      const clientId = await need(flags.clientId, 'Client id');
      const scopes = flags.scope ?? ['openid', 'offline_access'];
      return { source, issuer, clientId, scopes, audience: flags.audience, use: await use() };
    }
    case 'exchange': {
      const tokenEndpoint = await need(flags.tokenEndpoint, 'Token endpoint');
      const clientId = await need(flags.clientId, 'Client id');
      return { source, tokenEndpoint, clientId, revocationEndpoint: flags.revocationEndpoint, use: await use() };
    }
    default:
      return source satisfies never;
  }
}

/** Checked before anything else is asked. Throws `invalid_request` for what is no address. */
function startUrlOf(given: string): string {
  if (/^https?:$/.test(URL.parse(given)?.protocol ?? '')) return given;
  throw new ProxyError('invalid_request', `"${given}" is no start URL.`, {
    fix: 'the address of your company’s AWS start page, such as https://d-1234567890.awsapps.com/start',
    param: '--start-url',
  });
}

/** The person at this terminal. Without one, the address and code are printed, and a choice is an error that names the option. */
export function loginPerson(flags: LoginFlags, output: Output): LoginPerson {
  const noInput = flags.input === false;
  return {
    show(prompt) {
      if (prompt.kind === 'device') output.note(`Code:    ${output.paint('bold', prompt.code)}`);
      output.note(`Open:    ${prompt.url}`);
      if (flags.json) {
        const code = prompt.kind === 'device' ? prompt.code : null;
        output.json({
          event: 'sign-in',
          browserUrl: prompt.url,
          code,
          nextStep: 'sign in there; this command goes on by itself',
        });
      }
      // That it may not work is no error: the address stands there as well.
      if (flags.browser !== false && canAsk(noInput)) void openBrowser(prompt.url);
    },
    async pickAccount(accounts) {
      if (!canAsk(noInput)) throw notAsked('The account (--account)');
      const at = await askChoice(
        'Account',
        accounts.map(({ id, name, email }) => `${name}  ${id}  ${email}`),
      );
      return accounts[at]?.id ?? '';
    },
    async pickRole(roles) {
      if (!canAsk(noInput)) throw notAsked('The role (--role)');
      return roles[await askChoice('Role', roles)] ?? '';
    },
    paste: (question) => askSecret(question, noInput),
  };
}
