import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentIdentity } from '../../src/auth/current-identity.ts';
import { bedrockKeyRecord, type IdentityParts, tokenRecord } from '../../src/auth/identity-parts.ts';
import { locksIn } from '../../src/auth/lock.ts';
import { type LoginPerson, login } from '../../src/auth/login.ts';
import { openIdentity } from '../../src/auth/open-identity.ts';
import { readSignIn } from '../../src/auth/sign-in.ts';
import { type Vault, vaultError } from '../../src/auth/vault.ts';
import { memoryVault } from '../../src/auth/vault-memory.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { type AwsWire, startAwsWire } from './aws-wire.ts';

let dir = '';
let wire: AwsWire;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'login-'));
  wire = await startAwsWire();
});
afterEach(() => {
  wire.close();
  rmSync(dir, { recursive: true, force: true });
});

const parts = (vault: Vault = memoryVault()): IdentityParts => ({
  vault,
  takeLock: locksIn(join(dir, 'locks'), systemClock),
  clock: { ...systemClock, sleep: async () => undefined },
  env: {},
  home: dir,
  fetch: (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return fetch(new URL(url.pathname + url.search, wire.url), init);
  },
});

const asked: string[] = [];
const person: LoginPerson = {
  show: ({ kind }) => asked.push(kind),
  pickAccount: async (accounts) => accounts.find(({ id }) => id.startsWith('1'))?.id ?? '',
  pickRole: async (roles) => roles[0] ?? '',
  paste: async () => new Secret('canary-paste'),
};

const startPage = {
  source: 'identity-center' as const,
  startUrl: 'https://acme.awsapps.com/start',
  region: 'eu-central-1',
};

test('with a start URL alone: code shown, account and role picked, keys proven, nothing secret in the folder', async () => {
  const given = parts();
  const signIn = await login(startPage, { dir, parts: given, person, device: true });
  expect(signIn).toEqual({ ...startPage, accountId: '111111111111', roleName: 'Dev' });
  expect(await readSignIn(dir)).toMatchObject(signIn);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files)
    expect(readFileSync(join(parentPath, name), 'utf8')).not.toContain('canary');
  expect(await openIdentity(signIn, given).provide({ fresh: false })).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
});

test('a store that refuses is found out before anyone is asked to sign in', async () => {
  asked.length = 0;
  const broken = { ...memoryVault(), probe: async () => Promise.reject(vaultError('locked', 'canary')) };
  await expect(login(startPage, { dir, parts: parts(broken), person, device: true })).rejects.toThrow(
    /keyring is locked/,
  );
  expect([asked, wire.calls]).toEqual([[], []]);
});

test('a role that gives no keys leaves the old sign-in as it was', async () => {
  const given = parts();
  const before = await readSignIn(dir);
  const wish = { ...startPage, accountId: '111111111111', roleName: 'Admin' };
  await expect(login(wish, { dir, parts: given, person, device: true })).rejects.toThrow(/no role Admin/);
  expect(await readSignIn(dir)).toEqual(before);
});

test('a new kind of sign-in leaves no secret of the old one behind', async () => {
  const given = parts();
  await given.vault.set(bedrockKeyRecord, 'canary-old-key');
  await login(startPage, { dir, parts: given, person, device: true });
  expect(await given.vault.get(bedrockKeyRecord)).toBeUndefined();
  const key = `ABSK${'Q2FuYXJ5'.repeat(8)}==`;
  await login(
    { source: 'bedrock-key' },
    { dir, parts: given, person: { ...person, paste: async () => new Secret(key) }, device: false },
  );
  expect(await given.vault.get(tokenRecord)).toBeUndefined();
});

test('a pasted one-time token is exchanged and never kept', async () => {
  const given = parts();
  wire.next('/oauth/token', 200, { access_token: 'canary-gateway', refresh_token: 'r', expires_in: 300 });
  const tokenEndpoint = 'https://login.example.com/oauth/token';
  const wish = { source: 'exchange' as const, tokenEndpoint, clientId: 'c', use: { kind: 'gateway' as const } };
  await login(wish, { dir, parts: given, person, device: false });
  expect(await given.vault.get(tokenRecord)).not.toContain('canary-paste');
  expect(await openIdentity(wish, given).provide({ fresh: false })).toMatchObject({ token: 'canary-gateway' });
});

test('a running proxy takes up a login in another process, and falls back to AWS’s chain after a logout', async () => {
  const given = parts();
  const running = currentIdentity(dir, async () => given);
  expect(await running.provide({ fresh: false })).toBeUndefined();
  const signIn = await login(startPage, { dir, parts: given, person, device: true });
  expect(await running.provide({ fresh: false })).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
  await openIdentity(signIn, given).signOut();
  const { forgetSignIn } = await import('../../src/auth/sign-in.ts');
  await forgetSignIn(dir);
  expect(await running.provide({ fresh: false })).toBeUndefined();
  await running.close();
});

test('calls that come together open the sign-in once', async () => {
  const given = parts();
  await login(startPage, { dir, parts: given, person, device: true });
  const asked: string[] = [];
  const counting: IdentityParts = {
    ...given,
    fetch: (input, init) => {
      asked.push(new URL(input instanceof Request ? input.url : input).pathname);
      return (given.fetch ?? fetch)(input, init);
    },
  };
  const running = currentIdentity(dir, async () => {
    // A vault takes its time to open.
    await systemClock.sleep(20);
    return counting;
  });
  await Promise.all([running.provide({ fresh: false }), running.provide({ fresh: false })]);
  expect(asked).toEqual(['/federation/credentials']);
  await running.close();
});
