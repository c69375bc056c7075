import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { sdkRoute } from '../../src/bedrock/sdk-route.ts';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { type AwsWire, startAwsWire } from '../auth/aws-wire.ts';
import { connectProxy } from './connect-proxy.ts';

let home = '';
let wire: AwsWire;

/** A home with an SSO profile whose access token is over, and a role that is assumed from it. */
beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (/^AWS_|_proxy$/i.test(name)) vi.stubEnv(name, undefined);
  home = mkdtempSync(join(tmpdir(), 'outward-'));
  wire = await startAwsWire();
  onTestFinished(() => {
    wire.close();
    rmSync(home, { recursive: true, force: true });
  });
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  mkdirSync(join(home, '.aws', 'sso', 'cache'), { recursive: true });
  // The SDK refreshes a session at most every 30 s in one process, so each test has its own.
  const session = `corp-${home.slice(-6)}`;
  writeFileSync(
    join(home, '.aws', 'config'),
    `[profile work]
sso_session = ${session}
sso_account_id = 111111111111
sso_role_name = Dev
region = eu-central-1
[profile role]
role_arn = arn:aws:iam::111111111111:role/Bedrock
source_profile = work
region = eu-central-1
[sso-session ${session}]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
sso_registration_scopes = sso:account:access
`,
  );
  const token = {
    startUrl: 'https://corp.awsapps.com/start',
    region: 'eu-central-1',
    ...(await firstPair()),
    expiresAt: new Date(Date.now() - 60_000).toISOString(),
    clientId: 'client-1',
    clientSecret: 'canary-client-secret',
    registrationExpiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  };
  const file = `${createHash('sha1').update(session).digest('hex')}.json`;
  writeFileSync(join(home, '.aws', 'sso', 'cache', file), JSON.stringify(token));
});

async function firstPair(): Promise<object> {
  const body = JSON.stringify({
    clientSecret: 'canary-client-secret',
    grantType: 'authorization_code',
    code: 'canary-code',
    codeVerifier: 'v'.repeat(43),
  });
  const { accessToken, refreshToken } = (await (
    await fetch(`${wire.url}/token`, { method: 'POST', body })
  ).json()) as Record<string, string>;
  return { accessToken, refreshToken };
}

const hosts = { SSO_OIDC: 'oidc.invalid', SSO: 'portal.invalid', STS: 'sts.invalid' };

function sendTo(scheme: string): void {
  for (const [service, host] of Object.entries(hosts))
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, `${scheme}://${host}:8443`);
}

test('an SSO profile is renewed and used through HTTP_PROXY: token service, portal and STS', async () => {
  const { url, tunnels } = await connectProxy(Number(new URL(wire.url).port));
  sendTo('http');
  vi.stubEnv('HTTP_PROXY', url);
  wire.next('/', 200, assumed);
  const { identity, region } = await sdkRoute({ profile: 'role', env: process.env });
  expect(region).toBe('eu-central-1');
  expect(identity).toMatchObject({ accessKeyId: 'ASIAROLE' });
  expect(new Set(tunnels)).toEqual(new Set(['oidc.invalid:8443', 'portal.invalid:8443', 'sts.invalid:8443']));
});

test('each host goes its own way: what NO_PROXY names is asked directly', async () => {
  const { url, tunnels } = await connectProxy(Number(new URL(wire.url).port));
  sendTo('http');
  vi.stubEnv('AWS_ENDPOINT_URL_SSO', wire.url);
  vi.stubEnv('HTTP_PROXY', url);
  vi.stubEnv('NO_PROXY', '127.0.0.1');
  const { identity } = await sdkRoute({ profile: 'work', env: process.env });
  expect(identity).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
  expect(new Set(tunnels)).toEqual(new Set(['oidc.invalid:8443']));
});

test('the chain trusts AWS_CA_BUNDLE, through the proxy too', async () => {
  const pair = selfSignedPair(Date.now());
  writeFileSync(join(home, 'ca.pem'), pair.cert);
  const wirePort = Number(new URL(wire.url).port);
  const tls = createTlsServer(pair, (client) => {
    const target = connect(wirePort, '127.0.0.1');
    target.pipe(client).pipe(target);
    for (const socket of [target, client]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    tls.close();
  });
  const { port } = tls.address() as AddressInfo;
  const { url, tunnels } = await connectProxy(port);
  for (const service of Object.keys(hosts)) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, `https://localhost:${port}`);
  vi.stubEnv('AWS_CA_BUNDLE', join(home, 'ca.pem'));
  const { identity } = await sdkRoute({ profile: 'work', env: process.env });
  expect(identity).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
  expect(tunnels).toEqual([]);
  vi.stubEnv('HTTPS_PROXY', url);
  const again = await sdkRoute({ profile: 'work', env: process.env });
  expect(again.identity).toMatchObject({ accessKeyId: 'ASIAEXAMPLE' });
  expect(new Set(tunnels)).toEqual(new Set([`localhost:${port}`]));
});

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>canary-secret-key</SecretAccessKey><SessionToken>canary-session</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

test('a Bedrock API key with a line break at its end is used without it; one that no header carries is refused in words', async () => {
  vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'bedrock-key\r\n');
  const wish = { region: 'eu-central-1', env: process.env };
  expect((await sdkRoute(wish)).identity).toMatchObject({ token: 'bedrock-key' });
  vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'two\nlines');
  await expect(sdkRoute(wish)).rejects.toMatchObject({ code: 'sign_in_needed' });
});
