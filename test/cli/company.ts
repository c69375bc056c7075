import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import { type AwsWire, startAwsWire } from '../auth/aws-wire.ts';
import { startControlPlane, startServiceQuotas } from './aws-stand-ins.ts';
import { mainFile } from './terminal-session.ts';

/** A company of one: IAM Identity Center, STS, Service Quotas and Bedrock on loopback, and a home folder with the SSO profile `work`. */
export type Company = {
  home: string;
  env: Record<string, string>;
  bedrock: Simulator;
  wire: AwsWire;
  /** Whether Anthropic's use-case form was sent; without it Bedrock refuses every model of theirs. */
  form: { sent: boolean };
  /** What Service Quotas tells of Claude Sonnet. */
  quota: { tokensPerMinute: number | 'forbidden' };
  /** `aws sso login`, as it leaves its mark: a token in the cache that ends then. */
  signIn(endsAt: Date): void;
  close(): Promise<void>;
};

const region = 'eu-central-1';

/** An empty home folder and the environment that keeps a command inside it; what is copied lands in its file `clipboard`. */
export function emptyHome(): { home: string; env: Record<string, string> } {
  const home = mkdtempSync(join(tmpdir(), 'claude-bedrock-home-'));
  writeFileSync(join(home, 'passphrase'), 'a passphrase of the test\n');
  const bin = join(home, 'bin');
  mkdirSync(bin);
  executable(join(bin, 'claude-bedrock'), `exec ${process.execPath} ${mainFile} "$@"`);
  executable(join(bin, 'xclip'), `cat > ${join(home, 'clipboard')}`);
  const env = {
    HOME: home,
    PATH: `${bin}:/usr/bin:/bin`,
    DISPLAY: ':9',
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    TERM: 'xterm-256color',
    WAYLAND_DISPLAY: 'stands-in-for-one',
    TZ: 'UTC',
    CLAUDE_BEDROCK_HOME: join(home, 'claude-bedrock'),
    CLAUDE_BEDROCK_PORT: '0',
    CLAUDE_BEDROCK_VAULT: 'file',
    CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE: join(home, 'passphrase'),
    CLAUDE_BEDROCK_NO_UPDATE_CHECK: '1',
  };
  return { home, env };
}

function executable(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** The person's browser: it signs in at once, and follows the redirect. */
export function addBrowser(home: string): void {
  const browser = join(home, 'browser.mjs');
  writeFileSync(
    browser,
    `const url = new URL(process.argv[2]);
const back = new URL(url.searchParams.get('redirect_uri'));
back.searchParams.set('code', ['canary', 'code'].join('-'));
back.searchParams.set('state', url.searchParams.get('state'));
await fetch(back);
`,
  );
  executable(join(home, 'bin', 'xdg-open'), `exec ${process.execPath} ${browser} "$1"`);
}

export async function openCompany(): Promise<Company> {
  const { home, env } = emptyHome();
  const wire = await startAwsWire();
  const form = { sent: true };
  const quota: Company['quota'] = { tokensPerMinute: 200_000 };
  const message = 'Model use case details have not been submitted for this account.';
  const bedrock = await startSimulator({
    region,
    credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'canary-secret-key', sessionToken: 'canary-session' },
    paceMs: 1,
    script: () => (form.sent ? undefined : [{ do: 'fail', status: 404, type: 'ResourceNotFoundException', message }]),
  });
  const quotas = await startServiceQuotas(() => quota.tokensPerMinute);
  const control = await startControlPlane(() => form.sent);
  mkdirSync(join(home, '.aws', 'sso', 'cache'), { recursive: true });
  writeFileSync(
    join(home, '.aws', 'config'),
    `[profile work]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Dev
region = ${region}

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = ${region}
sso_registration_scopes = sso:account:access
`,
  );
  const accessToken = await approve(wire.url);
  return {
    home,
    wire,
    bedrock,
    form,
    quota,
    env: {
      ...env,
      AWS_ENDPOINT_URL_SSO: wire.url,
      AWS_ENDPOINT_URL_SSO_OIDC: wire.url,
      AWS_ENDPOINT_URL_STS: wire.url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_ENDPOINT_URL_BEDROCK: control.url,
      AWS_ENDPOINT_URL_SERVICE_QUOTAS: `${quotas.url}/`,
    },
    signIn(endsAt) {
      const file = `${createHash('sha1').update('corp').digest('hex')}.json`;
      const token = {
        startUrl: 'https://corp.awsapps.com/start',
        region,
        accessToken,
        expiresAt: endsAt.toISOString(),
      };
      writeFileSync(join(home, '.aws', 'sso', 'cache', file), JSON.stringify(token));
    },
    async close() {
      wire.close();
      quotas.close();
      control.close();
      await bedrock.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The device flow: pending once, then a token. */
async function approve(url: string): Promise<string> {
  const ask = () =>
    fetch(`${url}/token`, {
      method: 'POST',
      body: JSON.stringify({ clientSecret: 'canary-client-secret', deviceCode: 'x' }),
    });
  await ask();
  const answer = (await (await ask()).json()) as { accessToken: string };
  return answer.accessToken;
}
