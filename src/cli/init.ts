import { type Command, Option } from 'commander';
import { changeSetting } from '../config/change-setting.ts';
import type { Loaded } from '../config/load.ts';
import { configuredUrl } from '../config/server-url.ts';
import { checkAccess } from './check-access.ts';
import { exitOfRows, rowText } from './check-row.ts';
import type { Cli } from './commands.ts';
import { demo } from './demo.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { chooseWay } from './first-choice.ts';
import { adoptOnlyProfile, onlyProfile, search, tellSearch } from './first-search.ts';
import { tellDemo, tellListening } from './first-steps.ts';
import type { CredentialSearch } from './found-credentials.ts';
import { withOwnProxy } from './local-proxy.ts';
import type { Output } from './output.ts';
import { ensureEditorKey } from './own-key.ts';
import { version } from './package-version.ts';
import { proveAccess } from './prove-access.ts';
import { startServer, untilStopped } from './server-run.ts';
import { readSettings } from './settings.ts';
import { canAsk } from './terminal.ts';

type InitFlags = { demo?: boolean; profile?: string; region?: string; port?: string; input: boolean; json?: boolean };

/** `claude-bedrock init`, and `claude-bedrock` alone on a terminal. */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--demo', 'the simulator: no account, no cost')
    .option('--profile <name>', 'the AWS profile to use, and to remember')
    .option('--region <region>', 'the AWS Region to use, and to remember')
    .addOption(new Option('--port <port>', 'port to listen on (default 4141)'))
    .option('--no-input', 'never ask: check, tell the next steps, and end')
    .option('--json', 'print one JSON object and end; implies --no-input')
    .action(async (flags: InitFlags) => exit(await init(flags, output)));
}

async function init(flags: InitFlags, output: Output): Promise<ExitCode> {
  const asks = flags.json !== true && canAsk(!flags.input);
  if (!flags.json) output.note(`claude-bedrock ${version}  (Node ${process.versions.node})\n`);
  if (flags.demo) return demo(pick(flags), output, tellDemo);
  const loaded = await settingsAfterFlags(flags, output);
  if (!loaded) return exitCodes.badConfig;
  const found = await search(loaded);
  if (!asks) return found.found ? report(loaded, found, flags, output) : nothingFound(found, flags, output);
  const adopted = await adoptOnlyProfile(loaded, found);
  return adopted.found ? start(flags, adopted, output) : ask(flags, loaded, adopted, output);
}

const pick = ({ port, json }: InitFlags) => ({ ...(port !== undefined && { port }), ...(json && { json }) });

/** Choices given as flags are remembered like those of a person. */
async function settingsAfterFlags({ profile, region, port }: InitFlags, output: Output): Promise<Loaded | undefined> {
  const flags = port === undefined ? {} : { port };
  const loaded = await readSettings(flags, output);
  if (!loaded || (profile === undefined && region === undefined)) return loaded;
  const { configFile } = loaded.paths;
  if (profile !== undefined) await changeSetting(configFile, 'aws.profile', profile);
  if (region !== undefined) await changeSetting(configFile, 'aws.region', region);
  return readSettings(flags, output);
}

function nothingFound(found: CredentialSearch, { json }: InitFlags, output: Output): ExitCode {
  const only = onlyProfile(found);
  const nextSteps = [
    ...(only === undefined ? [] : [`claude-bedrock init --profile ${only}`]),
    'claude-bedrock demo',
    'claude-bedrock auth login --source identity-center --start-url URL --sso-region REGION --device',
    'aws configure sso && claude-bedrock init --profile NAME',
    'claude-bedrock auth login --source bedrock-key < FILE',
  ];
  if (json) {
    output.json({ credentials: null, looked: found.looked.map(([what, state]) => ({ what, state })), nextSteps });
  } else {
    tellSearch(found, output);
    output.note(`Next, one of:\n${nextSteps.map((step) => `  ${step}`).join('\n')}`);
  }
  return exitCodes.signInNeeded;
}

/** Without a person: everything is checked with real requests, told, and that is all. */
async function report(loaded: Loaded, found: CredentialSearch, { json }: InitFlags, output: Output): Promise<ExitCode> {
  const rows = await withOwnProxy(loaded, (proxy) => checkAccess(loaded, found, proxy, () => undefined));
  const code = exitOfRows(rows);
  const nextSteps =
    code === exitCodes.ok ? ['claude-bedrock key create editor', 'claude-bedrock serve'] : ['claude-bedrock doctor'];
  if (json) {
    const checks = rows.map(({ name, state, found: said, fix }) => ({ name, state, found: said, fix: fix ?? null }));
    output.json({ ok: code === exitCodes.ok, baseUrl: `${configuredUrl(loaded.settings)}/v1`, checks, nextSteps });
  } else {
    for (const row of rows) output.result(rowText(row, output));
    output.note(`\nNext: ${nextSteps.join('\n      ')}`);
  }
  return code;
}

/** Nothing was found: the person says how to go on, until there is something, or the demo. */
async function ask(flags: InitFlags, loaded: Loaded, found: CredentialSearch, output: Output): Promise<ExitCode> {
  tellSearch(found, output);
  for (;;) {
    const way = await chooseWay(found);
    if (way === undefined) return exitCodes.interrupted;
    if (way.kind === 'demo') return demo(pick(flags), output, tellDemo);
    if (way.kind === 'profile') await changeSetting(loaded.paths.configFile, 'aws.profile', way.name);
    else await way.run(output);
    const now = await readSettings({}, output);
    if (!now) return exitCodes.badConfig;
    const again = await search(now);
    if (again.found) return start(flags, again, output);
  }
}

/** Credentials are there: prove each step with a real request, then serve. */
async function start(flags: InitFlags, found: CredentialSearch, output: Output): Promise<ExitCode> {
  const again = () => readSettings(flags.port === undefined ? {} : { port: flags.port }, output);
  const proven = await proveAccess(again, found, output);
  if (typeof proven === 'number') return proven;
  const { promise: after, resolve: said } = Promise.withResolvers<void>();
  const running = await startServer(proven, output, { after });
  if (typeof running === 'number') return running;
  const kept = await ensureEditorKey(proven).catch((error: unknown) => {
    output.warn(`the key lasts for this run only: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const key = kept?.key ?? running.key;
  await tellListening(running.url, key, kept !== undefined, output);
  output.result('\nPress Ctrl+C to stop.');
  said();
  return untilStopped(running);
}
