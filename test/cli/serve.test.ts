import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../src/main.ts');
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'claude-bedrock-cli-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Run = { child: ChildProcess; stdout(): string; stderr(): string; exited: Promise<number | null> };

function start(args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      CLAUDE_BEDROCK_HOME: home,
      CLAUDE_BEDROCK_UPSTREAM: 'demo',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}

async function until<T>(read: () => T | undefined | false, what: string, ms = 30_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = read();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

type Ready = { event: string; url: string; apiKey?: string; schemaVersion: number };

async function serving(args: string[] = [], env: Record<string, string> = {}) {
  const run = start(['serve', '--port', '0', '--json', ...args], env);
  const line = await until(
    () => run.stdout().split('\n')[1] !== undefined && run.stdout().split('\n')[0],
    `a line; ${run.stderr()}`,
  );
  return { ...run, ready: JSON.parse(line) as Ready };
}

const ask = (url: string, key: string, body: object) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content: 'Hello' }], ...body }),
  });

/** What a new connection comes to. */
const knock = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });

test('serve --json prints one line when it is ready, with a key of its own; SIGTERM ends it with 0', async () => {
  const { ready, child, exited, stdout } = await serving();
  expect(ready).toMatchObject({ event: 'listening', schemaVersion: 1 });
  expect(ready.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(ready.apiKey).toMatch(/^sk-cb-[\w-]{43}$/);
  expect((await fetch(`${ready.url}/livez`)).status).toBe(200);
  expect((await ask(ready.url, 'wrong', {})).status).toBe(401);
  const response = await ask(ready.url, ready.apiKey ?? '', { stream: true });
  expect(await response.text()).toContain('[DONE]');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(stdout().trim().split('\n')).toHaveLength(1);
}, 40_000);

test('with CLAUDE_BEDROCK_API_KEY that key is the one, and it is printed nowhere', async () => {
  const { ready, child, exited, stdout, stderr } = await serving([], {
    CLAUDE_BEDROCK_API_KEY: 'sk-of-my-own-1234567890',
  });
  expect(ready.apiKey).toBeUndefined();
  expect((await ask(ready.url, 'sk-of-my-own-1234567890', {})).status).toBe(200);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(stdout() + stderr()).not.toContain('sk-of-my-own');
}, 40_000);

test('promise 23: SIGTERM lets an open stream finish and refuses new connections; SIGINT ends with 130', async () => {
  const { ready, child, exited } = await serving([], { CLAUDE_BEDROCK_API_KEY: 'k' });
  const response = await ask(ready.url, 'k', {
    stream: true,
    messages: [{ role: 'user', content: 'word '.repeat(60) }],
  });
  let over = false;
  const reading = response.text().finally(() => {
    over = true;
  });
  child.kill('SIGTERM');
  await expect.poll(() => knock(Number(new URL(ready.url).port)), { interval: 20 }).toBe('ECONNREFUSED');
  expect(over).toBe(false);
  expect(await reading).toContain('[DONE]');
  expect(await exited).toBe(0);

  const other = await serving([], { CLAUDE_BEDROCK_API_KEY: 'k' });
  other.child.kill('SIGINT');
  expect(await other.exited).toBe(130);
}, 60_000);

test('SIGUSR1 opens no inspector', async () => {
  const { child, exited, stderr } = await serving();
  child.kill('SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  // Now it has said all that it ever says.
  expect(stderr()).not.toContain('Debugger listening');
}, 40_000);

describe('what cannot work is said with its cause, its fix and its exit code', () => {
  test('a port that is taken names the port, and who has it where the system tells', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const run = start(['serve', '--port', String(port)]);
    expect(await run.exited).toBe(1);
    expect(run.stderr()).toMatch(
      new RegExp(`error: port ${port} is taken\\ncause: .*listen.*\\nfix: (?:npx )?claude-bedrock serve --port`),
    );
    if (process.platform === 'linux') expect(run.stderr()).toContain(`cause: node (process ${process.pid}) listens`);
    const demo = start(['demo', '--port', String(port)], { npm_lifecycle_event: 'demo' });
    expect(await demo.exited).toBe(1);
    expect(demo.stderr()).toContain('fix: npm run demo -- --port');
    holder.close();
  }, 30_000);

  test('a bad setting: exit 3', async () => {
    const config = join(home, 'bad.toml');
    writeFileSync(config, '[listen]\nport = "x"\n');
    const run = start(['serve'], { CLAUDE_BEDROCK_CONFIG: config });
    expect(await run.exited).toBe(3);
    expect(run.stderr()).toContain(`${config}:2`);
  }, 30_000);

  test('an address that others can reach, without saying so: exit 3', async () => {
    const run = start(['serve', '--host', '0.0.0.0', '--port', '0']);
    expect(await run.exited).toBe(3);
    expect(run.stderr()).toContain('--allow-remote');
  }, 30_000);

  test('certificates that would not be checked: exit 3', async () => {
    const run = start(['serve', '--port', '0'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(await run.exited).toBe(3);
    expect(run.stderr()).toContain('NODE_EXTRA_CA_CERTS');
  }, 30_000);

  test('an unknown command or flag: exit 2', async () => {
    expect(await start(['srve']).exited).toBe(2);
    expect(await start(['serve', '--prot', '1']).exited).toBe(2);
  }, 30_000);
});

test('version and help answer on stdout', async () => {
  const version = start(['version', '--json']);
  expect(await version.exited).toBe(0);
  expect(JSON.parse(version.stdout())).toMatchObject({ schemaVersion: 1, node: process.versions.node });
  const help = start(['--help']);
  expect(await help.exited).toBe(0);
  expect(help.stdout()).toContain('serve');
}, 30_000);

test('demo makes one request of its own and prints a curl line with the address and the key', async () => {
  const run = start(['demo', '--port', '0']);
  const text = await until(() => run.stdout().includes('Ctrl+C') && run.stdout(), 'the greeting');
  expect(text).toMatch(/First call +200 in \d+ ms/);
  const [, url = '', key = ''] = /curl -N (\S+) -H 'Authorization: Bearer (\S+)'/.exec(text) ?? [];
  const body = /-d '(.*)'/.exec(text)?.[1] ?? '';
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
  });
  expect(await response.text()).toContain('data: [DONE]');
  run.child.kill('SIGTERM');
  expect(await run.exited).toBe(0);
}, 40_000);
