import type { Command } from 'commander';
import { budgetProblems } from '../compose/budget-models.ts';
import { type Loaded, loadSettings } from '../config/load.ts';
import type { Output } from './output.ts';

export type ServeFlags = {
  port?: string;
  host?: string;
  socket?: string;
  upstream?: string;
  allowRemote?: boolean;
  tlsCert?: string;
  tlsKey?: string;
  tlsSelfSigned?: boolean;
  json?: boolean;
};

/** The flags that every command has which starts the server. */
export function addServeFlags(command: Command): Command {
  return command
    .option('--port <port>', 'port to listen on; 0 picks a free one (default 4141)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--socket <path>', 'also listen at this Unix socket, which only you can open')
    .option('--allow-remote', 'let --host be an address that other machines can reach')
    .option('--json', 'print one JSON line when ready');
}

/** The flags of a server that speaks TLS. */
export function addTlsFlags(command: Command): Command {
  return command
    .option('--tls-cert <file>', 'speak TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'the private key of --tls-cert (PEM)')
    .option('--tls-self-signed', 'speak TLS with a development certificate for 127.0.0.1 and localhost');
}

/** The settings under these flags, or undefined after every problem was told. */
export async function readSettings(flags: ServeFlags, output: Output): Promise<Loaded | undefined> {
  const result = await loadSettings({
    flags: {
      'listen.port': { name: '--port', value: flags.port },
      'listen.host': { name: '--host', value: flags.host },
      'listen.socket': { name: '--socket', value: flags.socket },
      'listen.allowRemote': { name: '--allow-remote', value: flags.allowRemote },
      'listen.tlsCert': { name: '--tls-cert', value: flags.tlsCert },
      'listen.tlsKey': { name: '--tls-key', value: flags.tlsKey },
      'listen.tlsSelfSigned': { name: '--tls-self-signed', value: flags.tlsSelfSigned },
      upstream: { name: '--upstream', value: flags.upstream },
    },
  });
  const problems = result.ok ? await budgetProblems(result.loaded) : result.problems;
  if (result.ok && problems.length === 0) return result.loaded;
  for (const { where, what, right } of problems) {
    output.fail({ error: 'the configuration is not valid', cause: `${where}: ${what}`, fix: right });
  }
  return undefined;
}
