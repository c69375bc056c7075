import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { done } from './run-cli.ts';

let home = '';
const servers: { close(): unknown }[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'outbound-'));
  writeFileSync(join(home, 'passphrase'), 'canary-passphrase\n', { mode: 0o600 });
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(home, { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** A sign-in at an issuer, which ends when the issuer does not describe itself. */
const login = (issuer: string, env: Record<string, string>) =>
  done(['auth', 'login', '--source', 'oidc', '--issuer', issuer, '--client-id', 'x', '--gateway', '--no-input'], {
    HOME: home,
    CLAUDE_BEDROCK_HOME: join(home, 'state'),
    CLAUDE_BEDROCK_VAULT: 'file',
    CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE: join(home, 'passphrase'),
    ...env,
  });

test('a sign-in goes through HTTPS_PROXY, but for the hosts of NO_PROXY', async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}` };
  const { code, stderr } = await login('https://issuer.invalid', env);
  expect(code, stderr).not.toBe(0);
  expect(tunnels).toContain('issuer.invalid:443');
  tunnels.length = 0;
  await login('https://issuer.invalid', { ...env, NO_PROXY: 'issuer.invalid' });
  expect(tunnels).toEqual([]);
}, 60_000);

test('a sign-in trusts AWS_CA_BUNDLE, and a bundle that cannot be read is named', async () => {
  const pair = selfSignedPair(Date.now());
  const asked: string[] = [];
  const issuer = createSecureServer(pair, (request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  const url = `https://localhost:${await listen(issuer)}`;
  writeFileSync(join(home, 'ca.pem'), pair.cert);
  await login(url, {});
  expect(asked).toEqual([]);
  await login(url, { AWS_CA_BUNDLE: join(home, 'ca.pem') });
  expect(asked).toContain('/.well-known/openid-configuration');
  const missing = await login(url, { AWS_CA_BUNDLE: join(home, 'nowhere.pem') });
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('AWS_CA_BUNDLE names a file') });
  writeFileSync(join(home, 'ca.der'), 'no PEM');
  const der = await login(url, { AWS_CA_BUNDLE: join(home, 'ca.der') });
  expect(der).toMatchObject({ code: 2, stderr: expect.stringContaining('without a PEM certificate') });
}, 60_000);

test('a profile of AWS’s own chain asks IAM Identity Center through HTTPS_PROXY too', async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  mkdirSync(join(home, '.aws', 'sso', 'cache'), { recursive: true });
  mkdirSync(join(home, 'state'));
  const session = 'sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n';
  const profile = 'sso_session = corp\nsso_account_id = 1\nsso_role_name = Dev\nregion = eu-central-1\n';
  writeFileSync(join(home, '.aws', 'config'), `[profile work]\n${profile}[sso-session corp]\n${session}`);
  const token = { accessToken: 'canary-token', expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  const file = `${createHash('sha1').update('corp').digest('hex')}.json`;
  writeFileSync(join(home, '.aws', 'sso', 'cache', file), JSON.stringify(token));
  writeFileSync(join(home, 'state', 'sign-in.json'), JSON.stringify({ source: 'aws', profile: 'work' }));
  await done(['auth', 'status', '--json'], {
    HOME: home,
    CLAUDE_BEDROCK_HOME: join(home, 'state'),
    CLAUDE_BEDROCK_VAULT: 'memory',
    AWS_ENDPOINT_URL_SSO: 'https://portal.invalid',
    HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}`,
  });
  expect(tunnels).toContain('portal.invalid:443');
}, 60_000);

test('a proxy that is no URL is named, without the password in it', async () => {
  const { code, stderr } = await login('https://issuer.invalid', { HTTPS_PROXY: '//me:secret@proxy:3128' });
  expect(code).toBe(2);
  expect(stderr).toContain('error: HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not a URL: //…@proxy:3128');
  expect(stderr).not.toContain('secret');
}, 60_000);
