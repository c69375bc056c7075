import { join } from 'node:path';
import { locksIn } from '../../../src/auth/lock.ts';
import { rotatingToken } from '../../../src/auth/rotating-token.ts';
import { tokenAnswer } from '../../../src/auth/token-answer.ts';
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
      refresh: (token) => tokenAnswer((signal) => fetch(url, { method: 'POST', body: token.reveal(), signal })),
    },
    clock: systemClock,
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
