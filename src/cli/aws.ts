import type { Command } from 'commander';
import { awsChain } from '../auth/aws-chain.ts';
import type { Identity } from '../auth/aws-identity.ts';
import { callerIdentity } from '../auth/caller-identity.ts';
import { currentIdentity } from '../auth/current-identity.ts';
import { fitsManagedPolicy, iamPolicy } from '../auth/iam-policy.ts';
import { modelAccess, useCaseSent } from '../auth/model-access.ts';
import { ProxyError } from '../base/errors.ts';
import { configuredTargets } from '../compose/catalogues.ts';
import { rowText } from './check-row.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type IdentityRoom, inIdentityRoom } from './identity-room.ts';
import { modelCatalogPage } from './model-catalog-page.ts';

/** One line of `aws validate`: what was looked at, how it is, and what mends it. */
type Check = { name: string; ok: boolean; found: string; fix?: string };

type PolicyFlags = { region?: string; account?: string; listing: boolean; apiKeys?: boolean };

/** `claude-bedrock aws …` */
export function define(command: Command, cli: Cli): void {
  const { output, exit } = cli;

  command
    .command('policy')
    .description('print the least IAM policy for the configured models')
    .option('--region <region>', 'the Region that is called')
    .option('--account <id>', 'the account that calls (default: any)')
    .option('--no-listing', 'without the rights to list models and quotas')
    .option('--api-keys', 'with the right to use Bedrock API keys')
    .action(async (flags: PolicyFlags) =>
      exit(
        await inIdentityRoom(output, async (room) => {
          const region = regionOf(room, flags.region);
          const targets = await configuredTargets(room.loaded.settings, region);
          const { account, listing, apiKeys = false } = flags;
          const policy = iamPolicy({ targets, region, account, listing, bearer: apiKeys });
          output.verbatim(JSON.stringify(policy, undefined, 2));
          if (!fitsManagedPolicy(policy))
            output.warn('longer than IAM takes in one managed policy: split its statements');
          return exitCodes.ok;
        }),
      ),
    );

  command
    .command('validate')
    .description('check identity, Region, clock and model access')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { json?: boolean }) =>
      exit(
        await inIdentityRoom(output, async (room) => {
          const checks = await validate(room);
          if (json) output.json({ ok: checks.every(({ ok }) => ok), checks: checks.map((check) => ({ ...check })) });
          else for (const check of checks) tell(check, cli);
          return exitOf(checks);
        }),
      ),
    );

  command
    .command('setup')
    .description('walk through what is missing, one step at a time')
    .action(async () =>
      exit(
        await inIdentityRoom(output, async (room) => {
          const checks = await validate(room);
          for (const check of checks) tell(check, cli);
          const next = checks.find(({ ok }) => !ok);
          if (next) output.note(`\nNext: ${next.fix}\nthen: claude-bedrock aws setup`);
          else
            output.note(
              '\nAll is well. Next: claude-bedrock serve   (the policy to attach: claude-bedrock aws policy)',
            );
          return exitOf(checks);
        }),
      ),
    );
}

function tell({ name, ok, found, fix }: Check, { output }: Cli): void {
  output.result(rowText({ name, state: ok ? 'ok' : 'fail', found, fix }, output));
}

function exitOf(checks: readonly Check[]): ExitCode {
  const failed = checks.find(({ ok }) => !ok);
  if (!failed) return exitCodes.ok;
  if (failed.name === 'identity') return exitCodes.signInNeeded;
  return failed.name === 'region' ? exitCodes.badConfig : exitCodes.upstreamRefused;
}

function regionOf({ loaded, parts }: IdentityRoom, given?: string): string {
  const region = given ?? loaded.settings.aws.region ?? parts.env['AWS_REGION'] ?? parts.env['AWS_DEFAULT_REGION'];
  if (region !== undefined && region !== '') return region;
  throw new ProxyError('invalid_request', 'No AWS Region is configured.', {
    fix: 'claude-bedrock config set aws.region us-east-1, or set AWS_REGION',
  });
}

/** In the order in which things must be mended; what depends on a failed check is not tried. */
async function validate(room: IdentityRoom): Promise<Check[]> {
  const checks: Check[] = [];
  const region = await attempt(checks, 'region', async () => regionOf(room));
  const identity = await attempt(checks, 'identity', () => identityNow(room));
  if (region === undefined || identity === undefined) return checks.filter(({ ok }) => !ok);
  checks.length = 0;
  checks.push({ name: 'region', ok: true, found: region });
  checks.push(...(await whoAmI(identity, region)));
  if (checks.every(({ ok }) => ok)) checks.push(...(await modelChecks(room, identity, region)));
  return checks;
}

async function attempt<T>(checks: Check[], name: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    checks.push({ name, ok: false, found: error.publicMessage, fix: error.facts.fix ?? 'claude-bedrock auth status' });
    return undefined;
  }
}

/** The identity that calls would be made with now. Throws `sign_in_needed` when a person must act. */
export async function identityNow({ dir, loaded, parts }: IdentityRoom): Promise<Identity> {
  const bearer = parts.env['AWS_BEARER_TOKEN_BEDROCK'];
  const signedIn = await currentIdentity(dir, async () => parts).provide({ fresh: false });
  if (signedIn) return signedIn;
  if (bearer) return { token: bearer };
  const { profile } = loaded.settings.aws;
  return awsChain({ profile, home: parts.home ?? '', env: parts.env, clock: parts.clock })({ fresh: false });
}

async function whoAmI(identity: Identity, region: string): Promise<Check[]> {
  if ('token' in identity) return [{ name: 'identity', ok: true, found: 'a Bedrock API key or bearer token' }];
  const answer = await callerIdentity({ keys: identity, region, now: () => Date.now() });
  const skewMs = answer.ok ? answer.identity.clockSkewMs : answer.clockSkewMs;
  const clock = clockCheck(skewMs);
  const who: Check = answer.ok
    ? { name: 'identity', ok: true, found: answer.identity.arn }
    : { name: 'identity', ok: false, found: `AWS refuses it: ${answer.code}`, fix: 'claude-bedrock auth login' };
  // A clock that is off makes AWS refuse a good identity: it comes first then.
  return clock.ok ? [who, clock] : [clock, who];
}

function clockCheck(skewMs: number | undefined): Check {
  if (skewMs === undefined) return { name: 'clock', ok: true, found: 'AWS did not tell the time' };
  const found = `${Math.abs(skewMs / 1_000).toFixed(0)} s ${skewMs < 0 ? 'behind' : 'ahead of'} AWS`;
  return {
    name: 'clock',
    ok: Math.abs(skewMs) < 240_000,
    found,
    fix: 'set the clock: AWS refuses signatures that are 5 minutes off',
  };
}

async function modelChecks({ loaded, parts }: IdentityRoom, identity: Identity, region: string): Promise<Check[]> {
  const now = parts.clock.now();
  const checks: Check[] = [];
  const form = await useCaseSent({ identity, region, now });
  const page = modelCatalogPage(region);
  if (form === false)
    checks.push({
      name: 'use-case form',
      ok: false,
      found: 'not sent for this account (once, granted at once)',
      fix: `open ${page}`,
    });
  for (const { modelIds } of await configuredTargets(loaded.settings, region)) {
    const modelId = modelIds[0];
    if (modelId === undefined || modelId.startsWith('arn:')) continue;
    const access = await modelAccess({ identity, region, modelId, now });
    if (!access.ok)
      checks.push({ name: 'model access', ok: true, found: `${modelId}: not shown to this identity (${access.code})` });
    else if (access.authorized && access.agreed && access.entitled)
      checks.push({ name: 'model access', ok: true, found: modelId });
    else if (!access.authorized)
      checks.push({
        name: 'model access',
        ok: false,
        found: `${modelId}: IAM does not allow it`,
        fix: 'attach the policy of: claude-bedrock aws policy',
      });
    else
      checks.push({
        name: 'model access',
        ok: false,
        found: `${modelId}: not enabled in this account`,
        fix: `open ${page}`,
      });
  }
  return checks;
}
