import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { locksIn } from '../../../src/auth/lock.ts';
import { rotatingToken } from '../../../src/auth/rotating-token.ts';
import { type TokenResponse, tokenAnswer } from '../../../src/auth/token-answer.ts';
import { fileVault } from '../../../src/auth/vault-file.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { Secret } from '../../../src/base/secret.ts';

/** The sign-in that `dir` holds, renewed under the name of its lane at a token server on this port of loopback. */
export function renewer(dir: string, lane: string, port: number) {
  return rotatingToken({
    name: 'oauth',
    what: 'Your sign-in',
    fix: 'claude-bedrock auth login',
    vault: fileVault({ dir: join(dir, 'vault'), passphrase: async () => new Secret('pw'), cost: { N: 2, r: 1, p: 1 } }),
    takeLock: locksIn(join(dir, 'locks'), systemClock),
    grant: {
      refresh: (token) => tokenAnswer((signal) => ask(port, `${lane} ${token.reveal()}\n`, signal)),
    },
    clock: systemClock,
  });
}

/**
 * One line there, one line back: a status and the JSON body. HTTP alone costs a process as much to load as all the rest
 * of this program, and the torture starts it a thousand times.
 */
async function ask(port: number, line: string, signal: AbortSignal): Promise<TokenResponse> {
  const socket = connect({ port, host: '127.0.0.1', signal });
  socket.write(line);
  const [status = '', body = ''] = (await text(socket)).split(/ (.*)/s);
  if (body === '') throw new Error('the token server ended without an answer');
  return { status: Number(status), headers: { get: () => null }, text: async () => body };
}

/** Run as a program: renews without end, until it is killed. */
const [mode, dir = '', lane = '', port = ''] = process.argv.slice(2);
if (mode === 'renew-until-killed') {
  const token = renewer(dir, lane, Number(port));
  await token.renew('background');
  process.stdout.write('ready\n');
  for (;;) await token.renew('background');
}
