import { ProxyError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { tlsFor } from '../compose/tls.ts';
import { type Composition, compose } from '../compose.ts';
import { bodyLogEnd, bodyLogFile } from '../config/body-log.ts';
import type { Loaded } from '../config/load.ts';
import { followSettings } from '../config/reload.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { nextFreePort } from './free-port.ts';
import type { Failure, Output } from './output.ts';
import { keyForRun } from './own-key.ts';
import { version } from './package-version.ts';
import { portHolder } from './port-holder.ts';

/** A server that listens: where, and with which key. */
export type Running = { url: string; key: Secret; keyIsNew: boolean; composition: Composition };

export type StartOptions = {
  /** Programs read this run: the log is JSON unless the settings say otherwise. */
  json?: boolean | undefined;
  /** The log is silent until this settles. */
  after?: Promise<unknown>;
  /** The command that starts it, as an error tells to call it again. */
  command?: 'serve' | 'demo';
};

/** Starts the server, or tells why it cannot and gives the exit code. */
export async function startServer(
  loaded: Loaded,
  output: Output,
  { json = false, after, command = 'serve' }: StartOptions = {},
): Promise<Running | ExitCode> {
  const unsafe = unsafeEnvironment(process.env);
  if (unsafe) {
    output.fail(unsafe);
    return exitCodes.badConfig;
  }
  if (
    process.execArgv.some((flag) => flag.startsWith('--inspect')) ||
    /--inspect/.test(process.env['NODE_OPTIONS'] ?? '')
  ) {
    output.warn('the Node inspector is on: whoever reaches its port can read your keys and prompts');
  }
  const { settings, apiKey } = loaded;
  const key = apiKey ?? keyForRun();
  const { format } = settings.log;
  // The demo is for people, also where its output goes through a pipe or into a CI page.
  const forPeople = command === 'demo' || process.stderr.isTTY === true;
  const text = format === 'text' || (format === 'auto' && !json && forPeople);
  const log = { text, ...(after && { after }) };
  const { state } = loaded.paths;
  try {
    const tls = await tlsFor(settings, state);
    const asTyped = output.asTyped('claude-bedrock serve') === 'claude-bedrock serve' ? undefined : output.asTyped;
    const composition = compose({ settings, apiKey: key, state, version, log, tls, asTyped });
    const { url } = await composition.listen();
    followConfig(loaded, composition, output);
    tellBodies(loaded, settings, output);
    return { url, key, keyIsNew: apiKey === undefined, composition };
  } catch (error) {
    if (error instanceof ProxyError) {
      output.fail({ error: error.publicMessage, fix: error.facts.fix });
      return exitCodes.badConfig;
    }
    output.fail(await listenFailure(error, settings.listen, calledAs(command)));
    return exitCodes.failed;
  }
}

/** A changed configuration file is taken over as far as it can be; what is not, and what is wrong, is said once. */
function followConfig({ settings, paths, reload }: Loaded, composition: Composition, output: Output): void {
  followSettings({
    configFile: paths.configFile,
    settings,
    load: reload,
    onChange(wanted, { live, restart }) {
      composition.apply(wanted);
      if (live.includes('log.bodies')) tellBodies({ paths }, wanted, output);
      if (live.length > 0) output.note(`configuration: ${live.join(', ')} changed`);
      if (restart.length > 0) output.warn(`${restart.join(', ')} changed too: restart the server to use it`);
    },
    onInvalid(problems) {
      for (const { where, what, right } of problems) {
        output.fail({
          error: 'the changed configuration is not valid; the old one stays',
          cause: `${where}: ${what}`,
          fix: right,
        });
      }
    },
  });
}

/** What is said goes to a file from now on: nobody should learn that later. */
function tellBodies({ paths }: Pick<Loaded, 'paths'>, { log }: Loaded['settings'], output: Output): void {
  const end = bodyLogEnd(log, Date.now());
  if (end === undefined) return;
  const until = new Date(end).toTimeString().slice(0, 5);
  output.warn(`requests and answers are written to ${bodyLogFile(paths.state)} until ${until}, with secrets masked`);
}

/** Node would then accept any certificate, and send the credentials to whoever answers. */
function unsafeEnvironment(env: Record<string, string | undefined>): Failure | undefined {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return undefined;
  return {
    error: 'TLS certificates would not be checked',
    cause: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set',
    fix: 'unset NODE_TLS_REJECT_UNAUTHORIZED, and name your company’s CA file in NODE_EXTRA_CA_CERTS',
  };
}

/** What was typed, ready for one more flag: from a checkout that is an npm script, and npm tells which. */
function calledAs(command: 'serve' | 'demo'): string {
  const script = process.env['npm_lifecycle_event'];
  if (script === 'demo') return 'npm run demo --';
  return script === 'start' ? 'npm start --' : `claude-bedrock ${command}`;
}

async function listenFailure(
  error: unknown,
  { host, port }: { host: string; port: number },
  again: string,
): Promise<Failure> {
  const place = error instanceof Error && 'address' in error ? String(error.address) : host;
  if (place.startsWith('/')) {
    const cause = error instanceof Error ? error.message : String(error);
    return { error: `the server cannot listen at ${place}`, cause, fix: `${again} --socket PATH` };
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const holder = portHolder(port);
    return {
      error: `port ${port} is taken`,
      cause:
        holder === undefined
          ? `another program listens on ${place.includes(':') ? `[${place}]` : place}:${port}`
          : `${holder} listens on it`,
      fix: `${again} --port ${(await nextFreePort(host, port)) ?? 0}`,
    };
  }
  if (code === 'EACCES') {
    return {
      error: `port ${port} may not be used`,
      cause: 'ports below 1024 need special rights',
      fix: `${again} --port 4141`,
    };
  }
  if (code === 'EADDRNOTAVAIL') {
    return { error: `${host} is not an address of this machine`, fix: `${again} --host 127.0.0.1` };
  }
  return {
    error: `the server cannot listen on ${host}:${port}`,
    cause: error instanceof Error ? error.message : String(error),
  };
}

/**
 * Resolves with the exit code when the server was told to stop and every answer had its end. A second signal stops at
 * once.
 */
export function untilStopped({ composition }: { composition: Pick<Composition, 'close'> }): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      const code = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.ok;
      if (stopping) process.exit(code);
      stopping = true;
      composition.close(signal).then(
        () => resolve(code),
        () => resolve(exitCodes.failed),
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  });
}
