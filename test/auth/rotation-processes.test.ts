import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileVault } from '../../src/auth/vault-file.ts';
import { Secret } from '../../src/base/secret.ts';
import { type Issuer, issuerClient, startIssuer } from './issuer.ts';

const processes = 8;
const rounds = 10;

let issuer: Issuer;
let dir = '';
const children: ChildProcessWithoutNullStreams[] = [];
beforeAll(async () => {
  issuer = await startIssuer();
  dir = mkdtempSync(join(tmpdir(), 'rotation-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await issuer.close();
  rmSync(dir, { recursive: true, force: true });
});

function startUser() {
  const child = spawn(process.execPath, ['test/auth/children/token-user.ts', dir, issuer.url, issuerClient]);
  children.push(child);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => (await lines.next()).value ?? '{"failed":"the process ended"}';
  return { ask: (aheadMs: number) => child.stdin.write(`${aheadMs}\n`), next };
}

test('8 processes × 10 rounds with one expired token, against a server that ends the grant on reuse: one refresh each round, nobody signed out', async () => {
  const vault = fileVault({
    dir: join(dir, 'vault'),
    passphrase: async () => new Secret('pw'),
    cost: { N: 1_024, r: 8, p: 1 },
  });
  const first = {
    version: 1,
    generation: 1,
    accessToken: 'a',
    refreshToken: await issuer.mint(),
    issuedAt: 0,
    expiresAt: 1,
  };
  await vault.set('oauth', JSON.stringify(first));
  const users = Array.from({ length: processes }, startUser);
  for (const user of users) expect(await user.next()).toBe('ready');
  for (let round = 1; round <= rounds; round++) {
    for (const user of users) user.ask(round * 600_000);
    const results = await Promise.all(users.map(async (user) => JSON.parse(await user.next())));
    expect(results.filter(({ failed }) => failed)).toEqual([]);
    expect(new Set(results.map(({ generation }) => generation))).toEqual(new Set([round + 1]));
    expect(results.filter(({ buckets }) => buckets.includes('success'))).toHaveLength(1);
  }
  expect(issuer.requests).toEqual(Array.from({ length: rounds }, () => ({ grant: 'refresh_token' })));
}, 120_000);
