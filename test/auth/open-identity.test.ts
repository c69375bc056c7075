import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Identity, type IdentityProvider, rememberedIdentity } from '../../src/auth/aws-identity.ts';
import { mintBedrockKey } from '../../src/auth/bedrock-key.ts';
import type { IdentityParts } from '../../src/auth/identity-parts.ts';
import { locksIn } from '../../src/auth/lock.ts';
import { openIdentity } from '../../src/auth/open-identity.ts';
import {
  describeSignIn,
  forgetSignIn,
  readSignIn,
  type SignIn,
  signInStamp,
  writeSignIn,
} from '../../src/auth/sign-in.ts';
import { bedrockKeyRecord, tokenRecord } from '../../src/auth/sign-in-records.ts';
import { readPair } from '../../src/auth/token-answer.ts';
import { memoryVault } from '../../src/auth/vault-memory.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type AwsWire, startAwsWire } from './aws-wire.ts';
import { handClock } from './hand-clock.ts';
import { issuerClient, startIssuer } from './issuer.ts';

let dir = '';
let wire: AwsWire;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'identity-'));
  wire = await startAwsWire();
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => {
  wire.close();
  rmSync(dir, { recursive: true, force: true });
});

/** AWS's host names lead to the wire on loopback. */
const toWire: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const target = url.hostname.endsWith('.amazonaws.com') ? new URL(url.pathname + url.search, wire.url) : url;
  return fetch(target, init);
};

const parts = (more: Partial<IdentityParts> = {}): IdentityParts => ({
  vault: memoryVault(),
  takeLock: locksIn(dir, systemClock),
  clock: systemClock,
  env: {},
  home: dir,
  fetch: toWire,
  ...more,
});

const center = {
  source: 'identity-center' as const,
  startUrl: 'https://acme.awsapps.com/start',
  region: 'eu-central-1',
  accountId: '111111111111',
  roleName: 'Dev',
} satisfies SignIn;

async function signedInToCenter(more: Partial<IdentityParts> = {}) {
  const given = parts(more);
  const client = { clientId: 'client-1', clientSecret: 'canary-client-secret' };
  const body = JSON.stringify({
    clientSecret: 'canary-client-secret',
    grantType: 'authorization_code',
    code: 'canary-code',
    codeVerifier: 'v'.repeat(43),
  });
  const pair = readPair(await (await fetch(`${wire.url}/token`, { method: 'POST', body })).json());
  const now = Date.now();
  const record = { version: 1, generation: 1, ...pair, client, issuedAt: now, expiresAt: now + 3_600_000 };
  await given.vault.set(tokenRecord(center), JSON.stringify(record));
  return { given, open: openIdentity(center, given) };
}

describe('IAM Identity Center', () => {
  test('gives role keys, and remembers them', async () => {
    const { open } = await signedInToCenter();
    expect(await open.provide({ fresh: false })).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
    await open.provide({ fresh: false });
    expect(wire.calls.filter(({ path }) => path.startsWith('/federation'))).toHaveLength(1);
  });

  test('a clock that is six hours ahead costs no call of the portal per request, and the keys are not called over', async () => {
    const now = () => Date.now() + 6 * 3_600_000;
    const { open } = await signedInToCenter({ clock: { ...systemClock, now } });
    for (let request = 0; request < 3; request++) {
      const { expiration } = await open.provide({ fresh: false });
      expect(expiration?.getTime()).toBeGreaterThan(now() + 600_000);
    }
    expect(wire.calls.filter(({ path }) => path.startsWith('/federation'))).toHaveLength(1);
  });

  test('a token that the portal refuses is refreshed once, and the keys come', async () => {
    const { open, given } = await signedInToCenter();
    wire.revokeAccess();
    expect(await open.provide({ fresh: true })).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
    expect(await given.vault.get(tokenRecord(center))).toContain('canary-refresh-2');
    expect(wire.calls.filter(({ path }) => path === '/token')).toHaveLength(2);
  });

  test('when the session is over, one sentence says so with the command; signing in again needs no restart', async () => {
    const { open, given } = await signedInToCenter();
    wire.revokeAccess();
    wire.next('/token', 400, { error: 'invalid_grant' });
    const failure = await open.provide({ fresh: true }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'sign_in_needed', facts: { fix: 'claude-bedrock auth login' } });
    expect(inspect(failure, { depth: 9 })).not.toContain('canary');
    expect(await open.status()).toMatchObject({ state: 'ended', fix: 'claude-bedrock auth login' });
    const again = await signedInToCenter();
    await given.vault.set(
      tokenRecord(center),
      ((await again.given.vault.get(tokenRecord(center))) ?? '').replace('"generation":1', '"generation":99'),
    );
    await expect
      .poll(() => open.provide({ fresh: true }).catch(() => undefined))
      .toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
  });

  test.each([
    ['unreachable', 'http://127.0.0.1:1', /could not be reached/],
    ['busy', undefined, /answered 503/],
    ['behind a portal that redirects', undefined, /answered 302/],
  ])(
    'a start page that is %s is told as that, to be tried again: it is no fault of ours and no reason to sign in',
    async (how, portal, said) => {
      const { given } = await signedInToCenter();
      if (portal === undefined) wire.next('/federation/credentials', how === 'busy' ? 503 : 302, '<h1>canary</h1>');
      const open = openIdentity(
        center,
        portal === undefined ? given : { ...given, env: { AWS_ENDPOINT_URL_SSO: portal }, fetch },
      );
      const failure = await open.provide({ fresh: false }).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'upstream_unavailable',
        publicMessage: expect.stringMatching(said),
        facts: { retry: 'backoff' },
      });
      expect(failure).not.toMatchObject({ facts: { fix: 'claude-bedrock auth login' } });
      expect(await open.provide({ fresh: false }).catch(() => undefined)).toEqual(
        portal === undefined ? expect.objectContaining({ accessKeyId: 'ASIAEXAMPLE' }) : undefined,
      );
    },
  );

  test('a redirect in the token server’s place spends nothing, however often it comes', async () => {
    const { open } = await signedInToCenter();
    for (let time = 0; time < 3; time++) {
      wire.next('/token', 302, '');
      await expect(open.renew()).rejects.toMatchObject({ code: 'upstream_unavailable' });
    }
    await open.renew();
  });

  test('sign-out ends the session at the portal and leaves nothing in the vault', async () => {
    const { open, given } = await signedInToCenter();
    expect(await open.signOut()).toEqual({ revoked: true });
    expect(await given.vault.get(tokenRecord(center))).toBeUndefined();
    expect(await open.status()).toMatchObject({ state: 'signed-out', fix: 'claude-bedrock auth login' });
  });
});

describe('OpenID Connect', () => {
  const expired = (refreshToken: string) =>
    JSON.stringify({ version: 1, generation: 1, accessToken: 'old', refreshToken, issuedAt: 0, expiresAt: 1 });

  test('with a role: the refreshed ID token goes to STS and role keys come back', async () => {
    const issuer = await startIssuer();
    vi.stubEnv('AWS_ENDPOINT_URL_STS', wire.url);
    const given = parts();
    const use = { kind: 'role' as const, roleArn: 'arn:aws:iam::111111111111:role/bedrock', region: 'eu-central-1' };
    const signIn = { source: 'oidc' as const, issuer: issuer.url, clientId: issuerClient, scopes: ['openid'], use };
    await given.vault.set(tokenRecord(signIn), expired(await issuer.mint()));
    const open = openIdentity(signIn, given);
    expect(await open.provide({ fresh: false })).toMatchObject({ accessKeyId: 'ASIAWEB' });
    const sent = new URLSearchParams(wire.calls[0]?.body).get('WebIdentityToken') ?? '';
    expect(JSON.parse(Buffer.from(sent.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      sub: 'ana',
      iss: issuer.url,
    });
    await issuer.close();
  });

  test('as bearer to a gateway: the token itself, and a new one when the gateway refuses it', async () => {
    const issuer = await startIssuer();
    const given = parts();
    const use = { kind: 'gateway' as const };
    const signIn = { source: 'oidc' as const, issuer: issuer.url, clientId: issuerClient, scopes: ['openid'], use };
    await given.vault.set(tokenRecord(signIn), expired(await issuer.mint()));
    const open = openIdentity(signIn, given);
    const first = await open.provide({ fresh: false });
    const second = await open.provide({ fresh: true });
    expect(first).toMatchObject({ token: expect.any(String), expiration: expect.any(Date) });
    expect(second).not.toEqual(first);
    expect(issuer.requests).toHaveLength(2);
    expect(await open.signOut()).toEqual({ revoked: true });
    await issuer.close();
  });
});

describe('Bedrock API keys', () => {
  test('a pasted short-term key is used until it ends, then the person reads since when', async () => {
    const clock = handClock();
    const given = parts({ clock });
    const { token } = mintBedrockKey(
      { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'canary' },
      'us-east-1',
      clock.now(),
    );
    const open = openIdentity({ source: 'bedrock-key' }, given);
    expect(await open.status()).toMatchObject({ state: 'signed-out' });
    await given.vault.set(bedrockKeyRecord, token);
    expect(await open.provide({ fresh: false })).toEqual({ token, expiration: new Date(clock.now() + 43_200_000) });
    clock.pass(43_200_000 + 6 * 60_000);
    await expect(open.provide({ fresh: false })).rejects.toMatchObject({
      publicMessage: 'Your Bedrock API key expired 6 min ago. No restart is needed: run the command, then resend.',
    });
    expect(await open.status()).toMatchObject({ state: 'ended', fix: 'claude-bedrock auth login' });
  });
});

test('a key in AWS_BEARER_TOKEN_BEDROCK is told as what it is, with its end', async () => {
  const { token } = mintBedrockKey({ accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'canary' }, 'us-east-1', Date.now());
  const open = openIdentity({ source: 'aws' }, parts({ env: { AWS_BEARER_TOKEN_BEDROCK: token } }));
  expect(await open.provide({ fresh: false })).toEqual({ token });
  const status = await open.status();
  expect(status).toMatchObject({ state: 'signed-in', what: expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK') });
  expect(Math.abs((status.expiresAt ?? 0) - Date.now() - 43_200_000)).toBeLessThan(60_000);
});

describe("AWS's own chain", () => {
  const write = (id: string) => {
    const file = join(dir, 'credentials');
    writeFileSync(file, `[work]\naws_access_key_id = ${id}\naws_secret_access_key = canary-secret-key\n`);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_CONFIG_FILE', join(dir, 'config'));
    return { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: join(dir, 'config') };
  };

  test('a profile edited on disk counts at the next call, without a restart', async () => {
    const env = write('AKIAFIRST');
    const open = openIdentity({ source: 'aws', profile: 'work' }, parts({ env }));
    expect(await open.provide({ fresh: false })).toMatchObject({ accessKeyId: 'AKIAFIRST' });
    write('AKIASECONDKEY');
    expect(await open.provide({ fresh: false })).toMatchObject({ accessKeyId: 'AKIASECONDKEY' });
  });

  test('an expired SSO profile is answered with the very command that mends it', async () => {
    const env = write('AKIAFIRST');
    writeFileSync(
      env.AWS_CONFIG_FILE,
      '[profile sso]\nsso_session = acme\nsso_account_id = 1\nsso_role_name = Dev\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n',
    );
    vi.stubEnv('HOME', dir);
    const open = openIdentity({ source: 'aws', profile: 'sso' }, parts({ env }));
    await expect(open.provide({ fresh: false })).rejects.toMatchObject({
      code: 'sign_in_needed',
      facts: { fix: 'aws sso login --profile sso' },
    });
    expect(await open.status()).toMatchObject({ state: 'signed-out', fix: 'aws sso login --profile sso' });
  });

  test.each<[string, string, Record<string, string>, object]>([
    [
      'a role that wants an MFA code',
      'role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = work\nmfa_serial = arn:aws:iam::1:mfa/ana',
      {},
      { code: 'sign_in_needed', facts: { fix: expect.stringMatching(/^aws sts get-session-token/) } },
    ],
    [
      'a role while the network is down',
      'role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = work',
      { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' },
      { code: 'upstream_unavailable', facts: { retry: 'backoff' } },
    ],
    [
      '`aws login` that was never run',
      'login_session = arn:aws:iam::111111111111:user/ana',
      {},
      { code: 'sign_in_needed', facts: { fix: 'aws login --profile p' } },
    ],
    [
      'a credential_process that fails',
      'credential_process = false',
      {},
      { code: 'sign_in_needed', facts: { fix: expect.stringMatching(/^aws sts get-caller-identity --profile p/) } },
    ],
  ])('%s is told as that, with what helps', async (_, section, more, expected) => {
    const env = write('AKIAFIRST');
    writeFileSync(env.AWS_CONFIG_FILE, `[profile p]\nregion = us-east-1\n${section}\n`);
    vi.stubEnv('HOME', dir);
    for (const [name, value] of Object.entries(more)) vi.stubEnv(name, value);
    const open = openIdentity({ source: 'aws', profile: 'p' }, parts({ env }));
    await expect(open.provide({ fresh: false })).rejects.toMatchObject(expected);
  });

  test('short-term keys are minted from it, for the Region chosen', async () => {
    const env = write('AKIAFIRST');
    const open = openIdentity({ source: 'minted-key', region: 'us-west-2', profile: 'work' }, parts({ env }));
    const identity = await open.provide({ fresh: false });
    expect(identity).toMatchObject({ token: expect.stringMatching(/^bedrock-api-key-/), expiration: expect.any(Date) });
  });
});

describe('remembering', () => {
  const minute = 60_000;
  function counted(lifeMs: number | undefined, clock: ReturnType<typeof handClock>) {
    let count = 0;
    let failing = false;
    const resolve: IdentityProvider = async (): Promise<Identity> => {
      count += 1;
      if (failing) throw new Error('down');
      return { token: `t${count}`, ...(lifeMs !== undefined && { expiration: new Date(clock.now() + lifeMs) }) };
    };
    return { provide: rememberedIdentity(resolve, clock), count: () => count, fail: (on: boolean) => (failing = on) };
  }
  const tick = () => new Promise((resolve) => setImmediate(resolve));

  test('100 callers, one resolution; renewal five minutes before the end, beside the request', async () => {
    const clock = handClock();
    const { provide, count } = counted(60 * minute, clock);
    await Promise.all(Array.from({ length: 100 }, () => provide({ fresh: false })));
    expect(count()).toBe(1);
    clock.pass(55 * minute);
    expect(await provide({ fresh: false })).toMatchObject({ token: 't1' });
    await tick();
    expect(await provide({ fresh: false })).toMatchObject({ token: 't2' });
  });

  test('a source that fails in the last minutes costs nothing until the end', async () => {
    const clock = handClock();
    const { provide, fail } = counted(60 * minute, clock);
    await provide({ fresh: false });
    fail(true);
    clock.pass(58 * minute);
    expect(await provide({ fresh: false })).toMatchObject({ token: 't1' });
    clock.pass(3 * minute);
    await expect(provide({ fresh: false })).rejects.toThrow('down');
  });

  test('a refused identity is replaced at once, but a crowd of refusals resolves only once in five seconds', async () => {
    const clock = handClock();
    const { provide, count } = counted(undefined, clock);
    await provide({ fresh: false });
    clock.pass(10_000);
    await Promise.all(Array.from({ length: 50 }, () => provide({ fresh: true })));
    await provide({ fresh: true });
    expect(count()).toBe(2);
    clock.pass(5_000);
    await provide({ fresh: true });
    expect(count()).toBe(3);
  });
});

test('the description of a sign-in holds no secret, survives a write, and damage is told', async () => {
  expect(await readSignIn(dir)).toEqual({ source: 'aws' });
  await writeSignIn(dir, center);
  expect(await readSignIn(dir)).toMatchObject(center);
  expect(describeSignIn(center)).toContain('acme.awsapps.com');
  writeFileSync(join(dir, 'sign-in.json'), '{"source":"identity-center"}');
  await expect(readSignIn(dir)).rejects.toMatchObject({ code: 'sign_in_needed' });
  await forgetSignIn(dir);
  expect(await readSignIn(dir)).toMatchObject({ source: 'aws' });
});

test('the stamp of a sign-in differs after each login and logout, and else stays', async () => {
  const stamps = [signInStamp(dir)()];
  await writeSignIn(dir, center);
  stamps.push(signInStamp(dir)());
  expect(signInStamp(dir)()).toBe(stamps[1]);
  await writeSignIn(dir, center);
  stamps.push(signInStamp(dir)());
  expect(new Set(stamps).size).toBe(3);
  await forgetSignIn(dir);
  expect(stamps).not.toContain(signInStamp(dir)());
});
