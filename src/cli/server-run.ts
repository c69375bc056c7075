import { randomBytes } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import { type Composition, compose } from '../compose.ts';
import type { Loaded } from '../config/load.ts';
import { noteRunning } from '../config/running-file.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Failure, Output } from './output.ts';
import { version } from './package-version.ts';
import { portHolder } from './port-holder.ts';

/** A server that listens: where, and with which key. */
export type Running = {
  url: string;
  key: Secret;
  keyIsNew: boolean;
  composition: Composition;
  /** Takes back the note of where we listen. */
  forget(): void;
};

/** Starts the server, or tells why it cannot and gives the exit code. */
export async function startServer(loaded: Loaded, output: Output): Promise<Running | ExitCode> {
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
  // 256 bits; the prefix lets secret scanners know it for what it is.
  const key = apiKey ?? new Secret(`sk-cb-${randomBytes(32).toString('base64url')}`);
  const composition = compose({ settings, apiKey: key, state: loaded.paths.state, version });
  try {
    const { url } = await composition.listen();
    const forget = noteRunning(loaded.paths.state, { pid: process.pid, url });
    return { url, key, keyIsNew: apiKey === undefined, composition, forget };
  } catch (error) {
    output.fail(listenFailure(error, settings.listen));
    return exitCodes.failed;
  }
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

function listenFailure(error: unknown, { host, port }: { host: string; port: number }): Failure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const holder = portHolder(port);
    return {
      error: `port ${port} is taken`,
      cause: holder === undefined ? `another program listens on ${host}:${port}` : `${holder} listens on it`,
      fix: `claude-bedrock serve --port ${port + 1}`,
    };
  }
  if (code === 'EACCES') {
    return {
      error: `port ${port} may not be used`,
      cause: 'ports below 1024 need special rights',
      fix: 'claude-bedrock serve --port 4141',
    };
  }
  if (code === 'EADDRNOTAVAIL') {
    return { error: `${host} is not an address of this machine`, fix: 'claude-bedrock serve --host 127.0.0.1' };
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
export function untilStopped({ composition, forget }: Running): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      const code = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.ok;
      if (stopping) process.exit(code);
      stopping = true;
      forget();
      composition.close(signal).then(
        () => resolve(code),
        () => resolve(exitCodes.failed),
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  });
}
