import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installed } from './run-cli.ts';

/** Every secret that these tests plant or receive; the last test searches for them in all that was written. */
const secrets: string[] = ['canary-passphrase'];
const printed: string[] = [];
let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cli-identity-'));
  writeFileSync(join(home, 'passphrase'), 'canary-passphrase\n', { mode: 0o600 });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const environment = () => ({
  PATH: `${installed}:${process.env['PATH']}`,
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  HOME: home,
  CLAUDE_BEDROCK_HOME: join(home, 'state'),
  CLAUDE_BEDROCK_VAULT: 'file',
  CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE: join(home, 'passphrase'),
  CLAUDE_BEDROCK_LOG_LEVEL: 'debug',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'us-east-1',
});

const start = (...args: string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, ['src/main.ts', ...args], { env: environment() });

/** Runs a command. What it prints is kept for the sweep, unless printing the secret is its purpose. */
async function run(args: string[], { input = '', reveals = false } = {}) {
  const child = start(...args);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exit = new Promise<number | null>((done) => child.on('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  printed.push(stderr);
  if (reveals) secrets.push(stdout.trim());
  else printed.push(stdout);
  return { code: await exit, stdout: stdout.trim(), stderr };
}

test('a key made while the proxy runs is let in, and so are its five-minute tokens, until it is revoked', async () => {
  const server = start('serve', '--port', '0', '--json', '--upstream', 'demo');
  server.stderr.on('data', (chunk) => printed.push(String(chunk)));
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const { baseUrl, apiKey } = JSON.parse((await lines.next()).value ?? '');
    secrets.push(apiKey);
    const status = async (key: string) =>
      (await fetch(`${baseUrl}/models`, { headers: { authorization: `Bearer ${key}` } })).status;
    const { stdout: key, code } = await run(['key', 'create', 'cursor', '--expires', '30d'], { reveals: true });
    expect([code, key]).toEqual([0, expect.stringMatching(/^cb-[\w-]{43}$/)]);
    await expect.poll(() => status(key)).toBe(200);
    const { stdout: token } = await run(['auth', 'token'], { reveals: true });
    expect(await status(token)).toBe(200);
    expect(await status(`${key.slice(0, -1)}!`)).toBe(401);
    expect((await run(['key', 'revoke', 'cursor'])).code).toBe(0);
    await expect.poll(() => status(key)).toBe(401);
    expect(await status(token)).toBe(401);
  } finally {
    server.kill('SIGKILL');
  }
}, 60_000);

test('sign in by a pasted key on stdin, see it, sign out: exit codes and JSON as documented', async () => {
  const key = `ABSK${'Q2FuYXJ5'.repeat(8)}==`;
  secrets.push(key);
  expect(await run(['auth', 'status', '--json'])).toMatchObject({ code: 4 });
  expect(await run(['auth', 'login', '--source', 'bedrock-key'], { input: `${key}\n` })).toMatchObject({ code: 0 });
  const status = await run(['auth', 'status', '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({
    schemaVersion: 1,
    source: 'bedrock-key',
    state: 'signed-in',
    vault: 'file',
  });
  expect((await run(['auth', 'refresh'])).stderr).toMatch(/error: .*\n.*fix: claude-bedrock auth login/s);
  expect(await run(['auth', 'logout'])).toMatchObject({ code: 0, stderr: expect.stringContaining('signed out of') });
  expect(await run(['auth', 'logout'])).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^nobody was signed in/),
  });
  expect(await run(['auth', 'status', '--json'])).toMatchObject({ code: 4 });
}, 60_000);

test('what prints a result prints it as one JSON object too', async () => {
  const json = async (...args: string[]) => {
    const { code, stdout } = await run([...args, '--json'], { reveals: args[1] === 'show' || args[1] === 'token' });
    return { code, ...JSON.parse(stdout) };
  };
  const { stdout: key } = await run(['key', 'create', 'json-key'], { reveals: true });
  secrets.push(key);
  const [listed] = (await json('key', 'list')).keys;
  expect((await run(['key', 'list'])).stdout).toMatch(new RegExp(`^json-key +${listed.id} +inference +all models`));
  expect(await json('key', 'show', 'json-key')).toEqual({ code: 0, schemaVersion: 1, key, name: 'json-key' });
  const { token, expiresAt, ...rest } = await json('auth', 'token');
  expect(rest).toEqual({ code: 0, schemaVersion: 1, key: 'json-key' });
  expect(token).toMatch(/^cbt-/);
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(300_000);
  expect(await json('key', 'revoke', 'json-key')).toMatchObject({ code: 0, revoked: true });
  expect(await json('auth', 'logout')).toMatchObject({ code: 0, signedOut: true, revoked: false });
  expect(await json('config', 'path')).toMatchObject({ code: 0, path: join(home, 'state', 'config.toml') });
  expect(await run(['key', 'create', 'x', '--scope', 'admn'])).toMatchObject({ code: 2, stdout: '' });
}, 60_000);

test('a wrong paste, a missing option and an unknown key are three lines and the right exit code', async () => {
  secrets.push('canary-wrong-paste');
  const wrong = await run(['auth', 'login', '--source', 'bedrock-key'], { input: 'canary-wrong-paste' });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('not a Bedrock API key') });
  const missing = await run([
    'auth',
    'login',
    '--start-url',
    'https://acme.awsapps.com/start',
    '--source',
    'oidc',
    '--no-input',
  ]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('Issuer is needed') });
  const center = ['auth', 'login', '--start-url', 'https://acme.awsapps.com/start', '--no-input', '--sso-region'];
  expect(await run([...center, 'evil.example/'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no AWS Region'),
  });
  expect(await run(['key', 'revoke', 'nobody'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('fix: claude-bedrock key list'),
  });
  expect(await run(['key', 'create', 'x', '--expires', 'soon'])).toMatchObject({ code: 2 });
}, 60_000);

test('a sign-in that would end with its command is refused before it spends anything', async () => {
  const env = { ...environment(), CLAUDE_BEDROCK_VAULT: 'memory' };
  const child = spawn(process.execPath, ['src/main.ts', 'auth', 'login', '--source', 'bedrock-key'], { env });
  child.stdin.on('error', () => {});
  child.stdin.end('canary-piped-key');
  expect(await text(child.stderr)).toContain('"memory" forgets the sign-in');
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(2);
}, 30_000);

test('a file vault without a passphrase file: what is piped in is never taken for the passphrase', async () => {
  const env = { ...environment(), CLAUDE_BEDROCK_HOME: join(home, 'other'), CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE: '' };
  const child = spawn(process.execPath, ['src/main.ts', 'auth', 'login', '--source', 'bedrock-key'], { env });
  child.stdin.on('error', () => {});
  child.stdin.end('canary-piped-key');
  expect(await text(child.stderr)).toContain('CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE');
  expect(existsSync(join(home, 'other', 'vault', 'vault.json'))).toBe(false);
}, 30_000);

test('`aws policy` prints JSON that IAM takes; `aws validate` without credentials says what to run', async () => {
  const policy = JSON.parse((await run(['aws', 'policy', '--account', '123456789012', '--no-listing'])).stdout);
  expect(policy.Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual([
    'InvokeProfiles',
    'InvokeModelsBehindProfiles',
  ]);
  const { code, stdout } = await run(['aws', 'validate', '--json']);
  expect(code).toBe(4);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    checks: [{ name: 'identity', fix: 'claude-bedrock auth login' }],
  });
}, 60_000);

test('canary sweep: no secret is in what was printed or in any file, at debug level', () => {
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
    .map((name) => join(home, name))
    .filter((path) => statSync(path).isFile() && !path.endsWith('passphrase'));
  expect(files.length).toBeGreaterThan(2);
  const all = [...printed, ...files.map((path) => readFileSync(path, 'latin1'))];
  expect(secrets.length).toBeGreaterThan(4);
  for (const secret of secrets) expect(all.filter((written) => written.includes(secret))).toEqual([]);
});
