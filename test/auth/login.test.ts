import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mintBedrockKey } from '../../src/auth/bedrock-key.ts';
import { currentIdentity } from '../../src/auth/current-identity.ts';
import type { IdentityParts } from '../../src/auth/identity-parts.ts';
import { locksIn } from '../../src/auth/lock.ts';
import { type LoginPerson, login } from '../../src/auth/login.ts';
import { openIdentity } from '../../src/auth/open-identity.ts';
import { readSignIn } from '../../src/auth/sign-in.ts';
import { bedrockKeyRecord, tokenRecord } from '../../src/auth/sign-in-records.ts';
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
  const key = `ABSK${'Q2FuYXJ5'.repeat(8)}==`;
  const paste = { ...person, paste: async () => new Secret(key) };
  await login({ source: 'bedrock-key' }, { dir, parts: given, person: paste, device: false });
  await login(startPage, { dir, parts: given, person, device: true });
  expect(await given.vault.get(bedrockKeyRecord)).toBeUndefined();
  await login({ source: 'bedrock-key' }, { dir, parts: given, person: paste, device: false });
  expect(await given.vault.get(tokenRecord(startPage))).toBeUndefined();
});

const gatewayOf = (host: string) => ({
  source: 'exchange' as const,
  tokenEndpoint: `https://${host}/oauth/token`,
  clientId: 'c',
  use: { kind: 'gateway' as const },
});
const roleOf = (host: string) => ({
  ...gatewayOf(host),
  use: { kind: 'role' as const, roleArn: 'arn:aws:iam::111111111111:role/x', region: 'eu-central-1' },
});
const granted = (name: string) => ({
  access_token: `canary-${name}`,
  refresh_token: `canary-r-${name}`,
  expires_in: 300,
});

test('a login elsewhere that comes to nothing leaves the sign-in before it at work, and none of its own tokens', async () => {
  const given = parts();
  wire.next('/oauth/token', 200, granted('old'));
  await login(gatewayOf('old.example'), { dir, parts: given, person, device: false });
  vi.stubEnv('AWS_ENDPOINT_URL_STS', wire.url);
  wire.next('/oauth/token', 200, granted('new'));
  wire.next('/', 403, '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>');
  const failing = login(roleOf('new.example'), { dir, parts: given, person, device: false });
  await expect(failing).rejects.toThrow(/may not assume/);
  expect(await given.vault.get(tokenRecord(roleOf('new.example')))).toBeUndefined();
  const still = await readSignIn(dir);
  expect(still).toMatchObject(gatewayOf('old.example'));
  const open = openIdentity(still, given);
  expect(await open.provide({ fresh: false })).toMatchObject({ token: 'canary-old' });
  wire.next('/oauth/token', 200, granted('renewed'));
  await open.renew();
  expect(wire.calls.at(-1)?.body).toContain('canary-r-old');
});

test('a login at another start page that nobody finishes does not touch the one in use', async () => {
  const given = parts();
  await login(startPage, { dir, parts: given, person, device: true });
  wire.next('/token', 400, { error: 'access_denied' });
  const other = { ...startPage, startUrl: 'https://typo.awsapps.com/start' };
  await expect(login(other, { dir, parts: given, person, device: true })).rejects.toThrow(/declined/);
  const open = openIdentity(await readSignIn(dir), given);
  await open.renew();
  expect(wire.calls.filter(({ path }) => path === '/client/register')).toHaveLength(2);
});

test('a profile of AWS’s own chain in the place of a sign-in leaves none of its tokens behind', async () => {
  const given = parts();
  await login(startPage, { dir, parts: given, person, device: true });
  const shared = join(dir, 'credentials');
  writeFileSync(shared, '[p]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=canary-secret\n');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', shared);
  await login({ source: 'aws', profile: 'p' }, { dir, parts: given, person, device: false });
  expect(await given.vault.get(tokenRecord(startPage))).toBeUndefined();
});

test('an expired Bedrock key is refused before it takes the place of a good one', async () => {
  const given = parts();
  const good = `ABSK${'Q2FuYXJ5'.repeat(8)}==`;
  const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'canary' };
  const dead = mintBedrockKey(keys, 'us-east-1', Date.now() - 2 * 43_200_000).token;
  const pasting = (key: string) =>
    login(
      { source: 'bedrock-key' },
      { dir, parts: given, person: { ...person, paste: async () => new Secret(key) }, device: false },
    );
  await pasting(good);
  await expect(pasting(dead)).rejects.toThrow(/expired 12 h ago/);
  expect(await given.vault.get(bedrockKeyRecord)).toBe(good);
});

test('a token endpoint that is no URL is told as that', async () => {
  const wish = { ...gatewayOf('x'), tokenEndpoint: 'not a url' };
  await expect(login(wish, { dir, parts: parts(), person, device: false })).rejects.toMatchObject({
    code: 'invalid_request',
    publicMessage: expect.stringMatching(/https URL/),
  });
});

test('a pasted one-time token is exchanged and never kept', async () => {
  const given = parts();
  wire.next('/oauth/token', 200, { access_token: 'canary-gateway', refresh_token: 'r', expires_in: 300 });
  const tokenEndpoint = 'https://login.example.com/oauth/token';
  const wish = { source: 'exchange' as const, tokenEndpoint, clientId: 'c', use: { kind: 'gateway' as const } };
  await login(wish, { dir, parts: given, person, device: false });
  expect(await given.vault.get(tokenRecord(wish))).not.toContain('canary-paste');
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
