import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { locksIn } from '../../../src/auth/lock.ts';
import { oauthGrant } from '../../../src/auth/oauth.ts';
import { findOAuthServer } from '../../../src/auth/oauth-server.ts';
import { rotatingToken } from '../../../src/auth/rotating-token.ts';
import { fileVault } from '../../../src/auth/vault-file.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { ProxyError } from '../../../src/base/errors.ts';
import { Secret } from '../../../src/base/secret.ts';

/**
 * One of several processes with the same sign-in: each line on stdin says how many milliseconds ahead its clock runs and
 * makes it ask for a token; it prints what came.
 */

const [dir = '', issuer = '', clientId = ''] = process.argv.slice(2);
const server = await findOAuthServer({ issuer, clientId });
const buckets: string[] = [];
let ahead = 0;
const clock = {
  ...systemClock,
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
};
const token = rotatingToken({
  name: 'oauth',
  what: 'Your sign-in',
  fix: 'claude-bedrock auth login',
  vault: fileVault({
    dir: join(dir, 'vault'),
    passphrase: async () => new Secret('pw'),
    cost: { N: 1_024, r: 8, p: 1 },
  }),
  takeLock: locksIn(join(dir, 'locks'), systemClock),
  grant: oauthGrant(server),
  clock,
  onRefresh: (bucket) => buckets.push(bucket),
});
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  ahead = Number(line);
  buckets.length = 0;
  const result = await token.get().then(
    ({ generation }) => ({ generation, buckets }),
    (error: unknown) => ({ failed: error instanceof ProxyError ? error.messageWithFix : String(error), buckets }),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
