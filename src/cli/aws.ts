import type { Command } from 'commander';
import { awsChain } from '../auth/aws-chain.ts';
import type { Identity } from '../auth/aws-identity.ts';
import { currentIdentity } from '../auth/current-identity.ts';
import { fitsManagedPolicy, iamPolicy } from '../auth/iam-policy.ts';
import { modelAccess, useCaseSent } from '../auth/model-access.ts';
import { ProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { configuredTargets } from '../compose/catalogues.ts';
import { callerRows } from './caller-rows.ts';
import { type CheckRow, rowText } from './check-row.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type IdentityRoom, inIdentityRoom } from './identity-room.ts';
import { modelCatalogPage } from './model-catalog-page.ts';

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
          if (json) output.json({ ok: !checks.some(isFailed), checks: checks.map(asJson) });
          else for (const check of checks) output.result(rowText(check, output));
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
          for (const check of checks) output.result(rowText(check, output));
          const next = checks.find(isFailed);
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

const isFailed = ({ state }: CheckRow): boolean => state === 'fail';

const asJson = ({ name, state, found, fix }: CheckRow): JsonObject => ({
  name,
  ok: state !== 'fail',
  found,
  ...(fix !== undefined && { fix }),
});

function exitOf(checks: readonly CheckRow[]): ExitCode {
  const failed = checks.find(isFailed);
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
async function validate(room: IdentityRoom): Promise<CheckRow[]> {
  const checks: CheckRow[] = [];
  const region = await attempt(checks, 'region', async () => regionOf(room));
  const identity = await attempt(checks, 'identity', () => identityNow(room));
  if (region === undefined || identity === undefined) return checks.filter(isFailed);
  checks.length = 0;
  checks.push({ name: 'region', state: 'ok', found: region });
  checks.push(...(await callerRows(identity, region)));
  if (!checks.some(isFailed)) checks.push(...(await modelChecks(room, identity, region)));
  return checks;
}

async function attempt<T>(checks: CheckRow[], name: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    checks.push({
      name,
      state: 'fail',
      found: error.publicMessage,
      fix: error.facts.fix ?? 'claude-bedrock auth status',
    });
    return undefined;
  }
}

/** The identity that calls would be made with now. Throws `sign_in_needed` when a person must act. */
export async function identityNow({ dir, loaded, parts }: IdentityRoom): Promise<Identity> {
  const bearer = parts.env['AWS_BEARER_TOKEN_BEDROCK'];
  const current = currentIdentity(dir, async () => parts);
  try {
    const signedIn = await current.provide({ fresh: false });
    if (signedIn) return signedIn;
  } finally {
    // A renewed pair may be in memory only, because the store refused it.
    await current.close();
  }
  if (bearer) return { token: bearer };
  const { profile } = loaded.settings.aws;
  return awsChain({ profile, home: parts.home ?? '', env: parts.env, clock: parts.clock })({ fresh: false });
}

async function modelChecks({ loaded, parts }: IdentityRoom, identity: Identity, region: string): Promise<CheckRow[]> {
  const now = parts.clock.now();
  const checks: CheckRow[] = [];
  const form = await useCaseSent({ identity, region, now });
  const page = modelCatalogPage(region);
  if (form === false)
    checks.push({
      name: 'use-case form',
      state: 'fail',
      found: 'not sent for this account (once, granted at once)',
      fix: `open ${page}`,
    });
  for (const { modelIds } of await configuredTargets(loaded.settings, region)) {
    const modelId = modelIds[0];
    if (modelId === undefined || modelId.startsWith('arn:')) continue;
    const access = await modelAccess({ identity, region, modelId, now });
    if (!access.ok)
      checks.push({
        name: 'model access',
        state: 'info',
        found: `${modelId}: not shown to this identity (${access.code})`,
      });
    else if (access.authorized && access.agreed && access.entitled)
      checks.push({ name: 'model access', state: 'ok', found: modelId });
    else if (!access.authorized)
      checks.push({
        name: 'model access',
        state: 'fail',
        found: `${modelId}: IAM does not allow it`,
        fix: 'attach the policy of: claude-bedrock aws policy',
      });
    else
      checks.push({
        name: 'model access',
        state: 'fail',
        found: `${modelId}: not enabled in this account`,
        fix: `open ${page}`,
      });
  }
  return checks;
}
