import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { locksIn } from '../../../src/auth/lock.ts';
import { rotatingToken } from '../../../src/auth/rotating-token.ts';
import { type TokenResponse, tokenAnswer } from '../../../src/auth/token-answer.ts';
import { fileVault } from '../../../src/auth/vault-file.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { Secret } from '../../../src/base/secret.ts';

/** The sign-in that `dir` holds, renewed at a token server which takes the refresh token as the body. */
export function renewer(dir: string, url: string) {
  return rotatingToken({
    name: 'oauth',
    what: 'Your sign-in',
    fix: 'claude-bedrock auth login',
    vault: fileVault({ dir: join(dir, 'vault'), passphrase: async () => new Secret('pw'), cost: { N: 2, r: 1, p: 1 } }),
    takeLock: locksIn(join(dir, 'locks'), systemClock),
    grant: {
      refresh: (token) => tokenAnswer((signal) => post(url, token.reveal(), signal)),
    },
    clock: systemClock,
  });
}

/** Loading `fetch` costs twice as much as the rest of this program, and the torture starts it a thousand times. */
function post(url: string, body: string, signal: AbortSignal): Promise<TokenResponse> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', signal, agent: false })
      .on('response', (answer) => {
        const get = (name: string) => answer.headers[name]?.toString() ?? null;
        resolve({ status: answer.statusCode ?? 0, headers: { get }, text: () => text(answer) });
      })
      .on('error', reject)
      .end(body);
  });
}

/** Run as a program: renews without end, until it is killed. */
const [mode, dir = '', url = ''] = process.argv.slice(2);
if (mode === 'renew-until-killed') {
  const token = renewer(dir, url);
  await token.renew('background');
  process.stdout.write('ready\n');
  for (;;) await token.renew('background');
}
