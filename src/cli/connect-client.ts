import { homedir } from 'node:os';
import { systemClock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import type { Loaded } from '../config/load.ts';
import { type LastSeen, readLastSeen } from '../config/sightings.ts';
import type { Client, Edit, Place, SettingsFile } from '../connect/client.ts';
import { firstModel } from '../connect/client.ts';
import { sightingWords } from '../connect/cursor-causes.ts';
import { proveClient } from '../connect/prove.ts';
import { ownUserAgent } from '../connect/round-trip.ts';
import { applyChange, planChange, planUndo } from '../connect/settings-change.ts';
import { answeringServer } from './answering-server.ts';
import { askLine } from './ask.ts';
import { type ClientKey, clientKey } from './client-key.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { placeFor } from './proxy-in-use.ts';
import { readSettings } from './settings.ts';
import { canAsk } from './terminal.ts';

export type ConnectFlags = {
  undo?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  input?: boolean;
  wait?: boolean;
  file?: string;
  json?: boolean;
};

const confirm = async (question: string): Promise<boolean> => /^y(es)?$/i.test(await askLine(`${question} [y/N]`));

/** `claude-bedrock connect <client>`: its settings, the rest of the steps, and a proof. */
export async function connectClient(client: Client, flags: ConnectFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  if (flags.undo) return undo(client, flags, loaded, output);
  const server = await answeringServer(loaded);
  // A dry run changes nothing, so it makes no key either.
  const noInput = flags.input === false;
  const key = flags.dryRun ? undefined : await clientKey(client.name, loaded, output, noInput);
  const place = await placeFor(loaded, server, key?.key);
  const written = client.file ? await write(client, client.file, { place, flags, loaded, output }) : undefined;
  if (typeof written === 'number') return written;
  const steps = [...client.steps(place), ...keySteps(client, key)];
  if (!flags.json) tellSteps(client, steps, written !== undefined, output);
  const since = Date.now();
  const proof = flags.dryRun ? undefined : await prove(client, place, server && key, output);
  const seen = flags.wait && !flags.dryRun ? await waitFor(client, since, loaded, output) : undefined;
  if (flags.json) {
    output.json({
      client: client.name,
      baseUrl: place.baseUrl,
      model: firstModel(place),
      steps,
      ...(written ?? {}),
      ...(proof === undefined ? {} : { proved: proof }),
      ...(seen === undefined ? {} : { seen: sightingWords(seen) }),
    });
  }
  return proof === false ? exitCodes.failed : exitCodes.ok;
}

type Task = { place: Place; flags: ConnectFlags; loaded: Loaded; output: Output };

/** Plans, shows, asks and writes; gives what became of the file, or the exit code when it could not be. */
async function write(
  client: Client,
  settings: SettingsFile,
  { place, flags, loaded, output }: Task,
): Promise<JsonObject | ExitCode | undefined> {
  const surroundings = { env: process.env, platform: process.platform, home: homedir() };
  const plan = await planChange(settings, place, surroundings, flags.file);
  if ('refusal' in plan) {
    tellByHand(plan.path, plan.refusal, settings.edits(place, surroundings), output);
    return exitCodes.failed;
  }
  const { change } = plan;
  const facts = { file: change.path, diff: change.diff };
  if (change.diff === '') {
    output.note(`${output.paint('green', '✓')} ${change.path} says so already`);
    return { ...facts, written: false };
  }
  if (!flags.json) output.verbatim(change.diff.trimEnd());
  if (flags.dryRun) return { ...facts, written: false };
  if (!flags.yes && !(canAsk(flags.input === false) && (await confirm(`Write this to ${change.path}?`)))) {
    output.fail({
      error: 'nothing was written',
      cause: canAsk(flags.input === false) ? 'you said no' : 'there is no terminal to ask on',
      fix: `claude-bedrock connect ${client.name} --yes`,
    });
    return exitCodes.failed;
  }
  try {
    applyChange(loaded.paths.state, client, change);
  } catch (error) {
    tellByHand(change.path, reasonOf(error), settings.edits(place, surroundings), output);
    return exitCodes.failed;
  }
  output.note(`${output.paint('green', '✓')} ${change.path}   (back: claude-bedrock connect ${client.name} --undo)`);
  return { ...facts, written: true };
}

function tellByHand(path: string, cause: string, edits: readonly Edit[], output: Output): void {
  output.fail({ error: `${path} was left as it is`, cause, fix: 'set these values by hand:' });
  for (const edit of edits) {
    output.note(`  ${edit.at.join('.')} = ${JSON.stringify('item' in edit ? edit.item : edit.value)}`);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function tellSteps(client: Client, steps: readonly string[], hasFile: boolean, output: Output): void {
  for (const text of client.notes ?? []) output.note(`${output.paint('yellow', '!')} ${text}`);
  output.result(hasFile ? `Then, for ${client.title}:` : `In ${client.title}:`);
  for (const step of steps) output.result(`  ${step}`);
}

/** How the person gets at the key that the steps speak of. */
function keySteps({ name }: Client, key: ClientKey | undefined): string[] {
  if (key?.from === 'environment') return ['the key of the proxy is the one in CLAUDE_BEDROCK_API_KEY'];
  if (key) return [`the key of the proxy, made for this client alone: claude-bedrock key show ${name}`];
  return ['the key of the proxy is printed by `claude-bedrock serve`; one that stays: claude-bedrock key create NAME'];
}

/** A request in the client's dialect; undefined when there is no server, or no key to send. */
async function prove(
  client: Client,
  place: Place,
  key: ClientKey | undefined,
  output: Output,
): Promise<boolean | undefined> {
  if (!key) {
    output.note('No proof: the proxy does not run, or no key of it is known here.');
    return undefined;
  }
  const proof = await proveClient(client, { root: place.root, key: key.key, model: firstModel(place) });
  if (proof.ok) output.note(`${output.paint('green', '✓')} Proved: ${firstModel(place)} answered in ${proof.ms} ms`);
  else {
    output.fail({
      error: 'the proxy did not answer as this client will ask',
      cause: proof.cause,
      fix: proof.status === 401 ? 'set CLAUDE_BEDROCK_API_KEY to the server’s key' : 'claude-bedrock doctor',
    });
  }
  return proof.ok;
}

const waitMs = 10 * 60_000;

/** The first request after now that carries the client's name; where that is not known, anybody's but ours. */
async function waitFor(client: Client, since: number, loaded: Loaded, output: Output): Promise<LastSeen | undefined> {
  const { note, paint } = output;
  note(`Waiting for ${client.title}… (Ctrl+C ends it)`);
  const isClient = (name: string) => (client.userAgent ? client.userAgent.test(name) : name !== ownUserAgent);
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; await systemClock.sleep(300)) {
    const seen = readLastSeen(loaded.paths.state).find(({ client: name, at }) => at > since && isClient(name));
    if (!seen) continue;
    note(`${paint('green', '✓')} ${new Date(seen.at).toTimeString().slice(0, 8)} ${sightingWords(seen)}`);
    return seen;
  }
  note(`${paint('yellow', '!')} no request within ${waitMs / 60_000} minutes`);
  return undefined;
}

async function undo(client: Client, flags: ConnectFlags, { paths }: Loaded, output: Output): Promise<ExitCode> {
  const plan = planUndo(paths.state, client);
  if (!plan) {
    output.fail({
      error: `there is nothing to undo for ${client.title}`,
      cause: client.file ? 'connect has changed no file of it' : 'connect never writes its settings',
    });
    return exitCodes.failed;
  }
  if (!flags.json && plan.diff !== '') output.verbatim(plan.diff.trimEnd());
  if (plan.changed && !flags.yes && !flags.dryRun) {
    output.warn(`${plan.path} was changed after connect; going back would undo those changes too`);
    if (!(canAsk(flags.input === false) && (await confirm('Go back all the same?')))) {
      output.fail({ error: 'nothing was undone', fix: `claude-bedrock connect ${client.name} --undo --yes` });
      return exitCodes.failed;
    }
  }
  try {
    if (!flags.dryRun) plan.run();
  } catch (error) {
    output.fail({
      error: `${plan.path} was left as it is`,
      cause: reasonOf(error),
      fix: `make it writable, then claude-bedrock connect ${client.name} --undo`,
    });
    return exitCodes.failed;
  }
  if (flags.json) output.json({ client: client.name, file: plan.path, diff: plan.diff, undone: !flags.dryRun });
  else if (!flags.dryRun) output.note(`${output.paint('green', '✓')} ${plan.path} is as it was before`);
  return exitCodes.ok;
}
