import { systemClock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import { removeTunnelNote, writeTunnelNote } from '../config/tunnel-note.ts';
import { sightingWords } from '../connect/cursor-causes.ts';
import { cursorSteps, cursorTruth } from '../connect/cursor-steps.ts';
import { useProxyOfEnvironment } from '../connect/env-proxy.ts';
import { type RoundTrip, roundTrip } from '../connect/round-trip.ts';
import { startTunnel, type TunnelEvent } from '../connect/tunnel.ts';
import { answeringServer } from './answering-server.ts';
import { type ClientKey, clientKey } from './client-key.ts';
import { copyToClipboard } from './clipboard.ts';
import { type Closing, createClosing } from './closing.ts';
import { copyOnEnter } from './copy-on-enter.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { shortKey } from './first-steps.ts';
import { lastOfCursor } from './last-of-cursor.ts';
import type { Output } from './output.ts';
import { portOf } from './proxy-in-use.ts';
import { startServer, untilStopped } from './server-run.ts';
import { readSettings, type ServeFlags } from './settings.ts';
import { canAsk } from './terminal.ts';
import { chooseWay, type Way } from './tunnel-way.ts';

export type CursorInstallFlags = ServeFlags & { url?: string; with?: string; model: string; input?: boolean };

/** How long a tunnel may take to say its name, and its name to become known. */
const patienceMs = 45_000;

/** `claude-bedrock cursor install`: runs until it is told to stop, because the public name lives as long as it does. */
export async function cursorInstall(flags: CursorInstallFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings(flags, output);
  if (!loaded) return exitCodes.badConfig;
  for (const line of cursorTruth) output.note(`${output.paint('yellow', '!')} ${line}`);
  const way = await chooseWay(flags, output);
  if (typeof way === 'number') return way;
  const server = await serverFor(loaded, output, flags.input === false);
  if (typeof server === 'number') return server;
  useProxyOfEnvironment();
  const over = new AbortController();
  const closing = createClosing();
  closing.add(() => server.composition.close('cursor install ends'));
  closing.add(() => over.abort());
  const stopped = untilStopped({ composition: { close: closing.run } });
  const work = async (): Promise<ExitCode> => {
    const opened = await open(way, server, { loaded, output, closing });
    if (opened === undefined) return exitCodes.failed;
    return (await prove(opened, server, flags, { loaded, output, signal: over.signal })) ?? stopped;
  };
  try {
    return await Promise.race([work(), stopped]);
  } finally {
    await closing.run();
  }
}

type Server = {
  url: string;
  key: Secret;
  /** `run`: nobody can show it again. */
  from: ClientKey['from'] | 'run';
  keyWords: string;
  composition: { close(reason: string): Promise<void> };
};

/** The server that runs already, if a key of it can be had; else one of our own. */
async function serverFor(loaded: Loaded, output: Output, noInput: boolean): Promise<Server | ExitCode> {
  const running = await answeringServer(loaded);
  const known = await clientKey('cursor', loaded, output, noInput);
  if (!running) {
    const own = await startServer(loaded, output);
    if (typeof own === 'number') return own;
    output.note(`${output.paint('green', '✓')} Proxy        ${own.url}, until this command ends`);
    const key = known?.key ?? own.key;
    return { ...own, key, from: known?.from ?? 'run', keyWords: keyWords(known ?? { key, from: 'vault' }) };
  }
  if (known) {
    output.note(`${output.paint('green', '✓')} Proxy        ${running.url}, process ${running.pid}`);
    const { key, from } = known;
    return { url: running.url, key, from, keyWords: keyWords(known), composition: { close: async () => {} } };
  }
  output.fail({
    error: 'a server runs already, and this command does not know its key',
    cause: `process ${running.pid} listens at ${running.url}; there is no CLAUDE_BEDROCK_API_KEY and no vault here`,
    fix: 'set CLAUDE_BEDROCK_API_KEY to its key, or stop it and let this command start one',
  });
  return exitCodes.failed;
}

/** A key that came from the environment is known to the person, and is printed nowhere. */
const keyWords = ({ key, from }: ClientKey): string =>
  from === 'environment' ? 'the one in CLAUDE_BEDROCK_API_KEY' : key.reveal();

/** An open way from the public name to the proxy. */
type Opened = { url: string; program: string };

type Opening = { loaded: Loaded; output: Output; closing: Closing };

/** Opens the way; `closing` gets what must be closed again. */
async function open(way: Way, server: Server, { loaded, output, closing }: Opening): Promise<Opened | undefined> {
  const { state } = loaded.paths;
  const leaveNote = (publicUrl: string): void =>
    writeTunnelNote(state, { publicUrl, program: way.name, pid: process.pid, since: Date.now() });
  closing.add(() => removeTunnelNote(state, process.pid));
  if (way.kind === 'own') {
    leaveNote(way.publicUrl);
    return { url: way.publicUrl, program: way.name };
  }
  const url = await startAndHear(way, portOf(server.url), { output, closing, leaveNote });
  return url === undefined ? undefined : { url, program: way.name };
}

type Hearing = Pick<Opening, 'output' | 'closing'> & { leaveNote(publicUrl: string): void };

/** Starts the program and waits for its first public name; later ones are told when they come. */
async function startAndHear(
  way: Extract<Way, { kind: 'program' }>,
  port: number,
  { output, closing, leaveNote }: Hearing,
): Promise<string | undefined> {
  const name = Promise.withResolvers<string | undefined>();
  let known: string | undefined;
  let said: Extract<TunnelEvent, { type: 'problem' }> | undefined;
  let downs = 0;
  const onEvent = (event: TunnelEvent): void => {
    if (event.type === 'up') {
      leaveNote(event.url);
      if (known !== undefined) {
        output.note(
          known === event.url
            ? `${output.paint('green', '✓')} Tunnel       is back`
            : `${output.paint('yellow', '!')} Tunnel       has a new name: type ${event.url}/v1 into Cursor`,
        );
      }
      known = event.url;
      name.resolve(event.url);
    } else if (event.type === 'problem') {
      said = event;
      if (known !== undefined) output.warn(event.problem);
    } else {
      if (known !== undefined) output.warn(`${event.why}; it starts again in ${Math.ceil(event.againInMs / 1000)} s`);
      // What it says that the person must mend, another start does not.
      else if (++downs === 3 || said?.fix !== undefined) {
        said ??= { type: 'problem', problem: event.why };
        name.resolve(undefined);
      }
    }
  };
  const tunnel = startTunnel({ program: way.program, path: way.path, port, clock: systemClock, onEvent });
  closing.add(() => tunnel.stop());
  const timer = setTimeout(() => name.resolve(undefined), patienceMs);
  const url = await name.promise;
  clearTimeout(timer);
  if (url !== undefined) return url;
  output.fail({
    error: `${way.name} opened no tunnel`,
    cause: said?.problem ?? `it said no public name within ${patienceMs / 1000} s`,
    fix: said?.fix ?? `run \`${way.name} ${way.program.args(port).join(' ')}\` by hand to see what it says`,
  });
  return undefined;
}

type Proof = { loaded: Loaded; output: Output; signal: AbortSignal };

/** The round trip, what to type, and Cursor's first request. Gives an exit code when the way does not work. */
async function prove(
  opened: Opened,
  { key, from, keyWords: shown }: Pick<Server, 'key' | 'from' | 'keyWords'>,
  { model, json, input }: CursorInstallFlags,
  { loaded, output, signal }: Proof,
): Promise<ExitCode | undefined> {
  const { paint, note } = output;
  note(`${paint('green', '✓')} Tunnel       ${opened.url} -> only /v1, key required`);
  const trip = await roundTrip({ publicUrl: opened.url, key, model, clock: systemClock, patienceMs, signal });
  if (!trip.ok && trip.step !== 'answer') {
    output.fail({ error: trip.what, cause: trip.cause, fix: trip.fix });
    return exitCodes.failed;
  }
  tellTrip(trip, output);
  const place = { event: 'ready', publicUrl: opened.url, baseUrl: `${opened.url}/v1`, model, program: opened.program };
  if (json) output.json({ ...place, apiKey: shown, answered: trip.ok });
  else {
    const copied = canAsk(input === false) && (await copyToClipboard(key.reveal()));
    // What can be shown again need not stand on the screen once it was copied.
    const keyText = copied && from === 'vault' ? shortKey(key) : shown;
    for (const line of cursorSteps({ publicUrl: opened.url, key: keyText, model, copied })) output.result(line);
    if (copied) copyOnEnter([place.baseUrl, model], output, signal);
  }
  note('Waiting for Cursor… (Ctrl+C closes the tunnel)');
  await firstRequest(loaded.paths.state, output, signal);
  return undefined;
}

function tellTrip(trip: RoundTrip, { note, warn, paint }: Output): void {
  if (trip.ok) {
    note(
      `${paint('green', '✓')} Round trip   internet -> tunnel -> proxy -> Bedrock   200 in ${(trip.ms / 1000).toFixed(1)} s`,
    );
  } else {
    // The tunnel is right, and signing in needs no new start: the person may go on.
    warn(`${trip.what}: ${trip.cause}`);
    note(`fix: ${trip.fix}`);
  }
}

/** Resolves after Cursor's first request for an answer was told; a check of the key is told on the way. */
async function firstRequest(state: string, { note, paint }: Output, signal: AbortSignal): Promise<void> {
  const since = Date.now();
  let told = since;
  while (!signal.aborted) {
    const seen = lastOfCursor(state);
    if (seen && seen.at > told) {
      told = seen.at;
      const at = new Date(seen.at).toTimeString().slice(0, 8);
      if (seen.refused !== undefined) note(`${paint('red', '✗')} ${at} refused: ${seen.refused} at ${seen.path}`);
      else
        note(`${paint('green', '✓')} ${seen.shape === undefined ? '' : 'first request '}${at}  ${sightingWords(seen)}`);
      if (seen.refused === undefined && seen.shape !== undefined) return;
    }
    await systemClock.sleep(300, signal).catch(() => {});
  }
}
