import { inspect } from 'node:util';
import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/nested-clients/sso';
import { CreateTokenCommand, SSOOIDCClient } from '@aws-sdk/nested-clients/sso-oidc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callerIdentity } from '../../src/auth/caller-identity.ts';
import {
  type IdentityCenter,
  identityCenterGrant,
  registerClient,
  signInByBrowser,
  signInByDevice,
} from '../../src/auth/identity-center.ts';
import { listAccounts, listRoles, roleKeys } from '../../src/auth/identity-center-portal.ts';
import { modelAccess, useCaseSent } from '../../src/auth/model-access.ts';
import { assumeRoleWithToken } from '../../src/auth/web-identity.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ProxyError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { type AwsWire, startAwsWire } from './aws-wire.ts';

let wire: AwsWire;
let center: IdentityCenter;
beforeEach(async () => {
  wire = await startAwsWire();
  center = {
    startUrl: 'https://acme.awsapps.com/start',
    region: 'eu-central-1',
    oidcEndpoint: wire.url,
    portalEndpoint: wire.url,
  };
});
afterEach(() => wire.close());

const quick = { ...systemClock, sleep: async () => undefined };
const role = { accountId: '111111111111', roleName: 'Dev' };

async function signedIn() {
  const registration = await registerClient(center);
  const pair = await signInByDevice(center, registration, { clock: quick, show: () => {} });
  return { registration, pair, token: new Secret(pair.accessToken) };
}

test('device code: registers, shows the code, waits, and brings a pair that refreshes', async () => {
  const shown: object[] = [];
  const registration = await registerClient(center);
  const pair = await signInByDevice(center, registration, { clock: quick, show: (prompt) => shown.push(prompt) });
  expect(shown).toEqual([{ kind: 'device', url: 'https://device.example/?user_code=ABCD-EFGH', code: 'ABCD-EFGH' }]);
  expect(pair).toMatchObject({
    accessToken: 'canary-access-1',
    refreshToken: 'canary-refresh-1',
    expiresInMs: 3_600_000,
  });
  const register = JSON.parse(wire.calls[0]?.body ?? '');
  expect(register).toMatchObject({
    clientType: 'public',
    scopes: ['sso:account:access'],
    redirectUris: ['http://127.0.0.1/oauth/callback'],
  });
  const grant = identityCenterGrant(center);
  expect(await grant.refresh(new Secret('canary-refresh-1'), registration)).toMatchObject({
    kind: 'granted',
    pair: { refreshToken: 'canary-refresh-2' },
  });
  expect(await grant.refresh(new Secret('canary-refresh-1'), registration)).toEqual({ kind: 'invalid-grant' });
});

test('browser: authorization code + PKCE over loopback, with `scopes` and the right state only', async () => {
  const registration = await registerClient(center);
  const answerWith = (state: (given: string) => string) => ({
    clock: quick,
    show({ url }: { url: string }) {
      const query = new URL(url).searchParams;
      expect(query.get('scopes')).toBe('sso:account:access');
      expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/);
      const back = new URLSearchParams({ code: 'canary-code', state: state(query.get('state') ?? '') });
      void fetch(`${query.get('redirect_uri')}?${back}`);
    },
  });
  expect(
    await signInByBrowser(
      center,
      registration,
      answerWith((state) => state),
    ),
  ).toMatchObject({ accessToken: 'canary-access-1' });
  const impatient = new AbortController();
  const waiting = signInByBrowser(center, registration, {
    ...answerWith(() => {
      setTimeout(() => impatient.abort(new Error('still waiting')), 300);
      return 'other';
    }),
    signal: impatient.signal,
  });
  await expect(waiting).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect(wire.calls.filter(({ path }) => path === '/token')).toHaveLength(1);
});

test('accounts come over several pages, roles per account, keys per role with their end', async () => {
  const { token } = await signedIn();
  expect((await listAccounts(center, token)).map(({ id }) => id)).toEqual(['111111111111', '222222222222']);
  expect(await listRoles(center, token, '111111111111')).toEqual(['Dev', 'ReadOnly']);
  const keys = await roleKeys(center, token, role);
  expect(keys).toMatchObject({ accessKeyId: 'ASIAEXAMPLE', sessionToken: 'canary-session' });
  expect(Math.abs((keys.expiration?.getTime() ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
});

test('a session that is over, and a role one does not have, are two sentences with a command, without secrets', async () => {
  const { token } = await signedIn();
  const other = await roleKeys(center, token, { ...role, roleName: 'Admin' }).catch((error: unknown) => error);
  expect(other).toMatchObject({
    code: 'forbidden',
    publicMessage: 'You have no role Admin in the account 111111111111.',
  });
  wire.revokeAccess();
  const over = await roleKeys(center, token, role).catch((error: unknown) => error);
  expect(over).toMatchObject({ code: 'sign_in_needed', facts: { fix: 'claude-bedrock auth login' } });
  expect(inspect([other, over], { depth: 9 })).not.toContain('canary');
});

test('device code: an answer that says nothing of the sign-in is passed over, and the pair carries who it was granted to', async () => {
  const client = await registerClient(center);
  wire.next('/token', 503, { message: 'busy' });
  wire.next('/token', 429, { message: 'slow' });
  wire.next('/token', 302, '');
  wire.next('/token', 200, '<h1>hotel</h1>');
  const waits: number[] = [];
  const clock = { ...systemClock, sleep: async (ms: number) => void waits.push(ms) };
  const pair = await signInByDevice(center, client, { clock, show: () => {} });
  expect(pair).toMatchObject({ accessToken: 'canary-access-1', client });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 16_000]);
});

test('the wire is the one that AWS’s own clients speak', async () => {
  const { token } = await signedIn();
  const common = { region: 'eu-central-1', endpoint: wire.url, maxAttempts: 1 };
  const sso = new SSOClient(common);
  const { roleCredentials } = await sso.send(new GetRoleCredentialsCommand({ accessToken: token.reveal(), ...role }));
  const ours = await roleKeys(center, token, role);
  expect({ ...roleCredentials, expiration: undefined }).toEqual({ ...ours, expiration: undefined });
  const oidc = new SSOOIDCClient(common);
  const request = {
    clientId: 'client-1',
    clientSecret: 'canary-client-secret',
    grantType: 'refresh_token',
    refreshToken: 'canary-refresh-1',
  };
  expect(await oidc.send(new CreateTokenCommand(request))).toMatchObject({ accessToken: 'canary-access-2' });
  await expect(oidc.send(new CreateTokenCommand(request))).rejects.toMatchObject({ name: 'InvalidGrantException' });
});

const webRole = () => ({
  roleArn: 'arn:aws:iam::111111111111:role/bedrock',
  region: 'eu-central-1',
  endpoint: wire.url,
});

test('STS: a web identity becomes role keys through AWS’s own client, unsigned, under a name that CloudTrail shows', async () => {
  const keys = await assumeRoleWithToken(webRole(), new Secret('canary-id'));
  expect(keys).toMatchObject({ accessKeyId: 'ASIAWEB', sessionToken: 'canary-session', expiration: expect.any(Date) });
  const [call] = wire.calls;
  expect(call?.headers['authorization']).toBeUndefined();
  expect(new URLSearchParams(call?.body).get('RoleSessionName')).toBe('claude-bedrock');
});

test('STS: an expired web identity is a sign-in, and AWS’s message, which quotes the token, stays behind', async () => {
  const failure = await assumeRoleWithToken(webRole(), new Secret('stale-canary-id')).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ProxyError);
  expect(failure).toMatchObject({
    code: 'sign_in_needed',
    publicMessage: `The sign-in token has expired, so STS gives no keys for ${webRole().roleArn}.`,
    facts: { fix: 'claude-bedrock auth login' },
  });
  expect(inspect(failure, { depth: 9 })).not.toContain('canary');
});

test('GetCallerIdentity tells who the keys are and how far this clock is off', async () => {
  const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'canary-secret-key', sessionToken: 'canary-session' };
  const options = { keys, region: 'eu-central-1', endpoint: wire.url };
  const right = await callerIdentity({ ...options, now: () => Date.now() });
  expect(right).toMatchObject({
    ok: true,
    identity: { account: '111111111111', arn: 'arn:aws:sts::111111111111:assumed-role/Dev/ana' },
  });
  const ahead = await callerIdentity({ ...options, now: () => Date.now() + 600_000 });
  if (!ahead.ok) throw new Error(ahead.code);
  expect(Math.round((ahead.identity.clockSkewMs ?? 0) / 10_000)).toBe(60);
  wire.next(
    '/',
    403,
    '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>canary</Message></Error></ErrorResponse>',
  );
  expect(await callerIdentity({ ...options, now: () => Date.now() })).toMatchObject({
    ok: false,
    code: 'ExpiredToken',
  });
});

test('the control plane tells whether a model may be called, and whether the use-case form was sent', async () => {
  const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'canary-secret-key' };
  const common = { region: 'us-east-1', now: Date.now(), endpoint: wire.url };
  const modelId = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  const place = `/foundation-model-availability/${encodeURIComponent(modelId)}`;
  wire.next(place, 200, {
    authorizationStatus: 'AUTHORIZED',
    agreementAvailability: { status: 'NOT_AVAILABLE' },
    entitlementAvailability: 'AVAILABLE',
    regionAvailability: 'AVAILABLE',
  });
  const access = await modelAccess({ ...common, identity: keys, modelId });
  expect(access).toEqual({ ok: true, authorized: true, agreed: false, entitled: true, inRegion: true });
  expect(wire.calls[0]?.path).toMatch(/X-Amz-Signature=[0-9a-f]{64}(&|$)/);

  wire.next('/use-case-for-model-access', 200, { formData: 'e30=' });
  expect(await useCaseSent({ ...common, identity: { token: 'canary-token' } })).toBe(true);
  expect(wire.calls[1]).toMatchObject({
    path: '/use-case-for-model-access',
    headers: { authorization: 'Bearer canary-token' },
  });
  // What an identity without listing rights gets is told as such, not as "no access to the model".
  expect(await modelAccess({ ...common, identity: keys, modelId })).toEqual({
    ok: false,
    code: 'UnauthorizedException',
  });
});
