import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Behaviour,
  fromInternet,
  makeStandIns,
  openssl,
  publicNames,
  type StandIn,
  type StandIns,
  writeStandIn,
} from '../connect/stand-in-tunnels.ts';
import { done, freePort, type Run, runCli, until } from './run-cli.ts';

let home: string;
let standIns: StandIns;
let runs: Run[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'claude-bedrock-cursor-'));
  standIns = makeStandIns(join(home, 'bin'));
  runs = [];
});
afterEach(async () => {
  for (const { child } of runs) child.kill('SIGKILL');
  await Promise.all(runs.map(({ exited }) => exited));
  rmSync(home, { recursive: true, force: true });
});

type Ready = { publicUrl: string; baseUrl: string; model: string; apiKey: string; program: string; answered: boolean };

const environment = (port: number): Record<string, string> => ({
  CLAUDE_BEDROCK_HOME: home,
  CLAUDE_BEDROCK_PORT: '0',
  CLAUDE_BEDROCK_VAULT: 'memory',
  HOME: home,
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
  PATH: `${standIns.folder}:${dirname(process.execPath)}`,
  HTTPS_PROXY: `http://127.0.0.1:${port}`,
  NODE_EXTRA_CA_CERTS: standIns.certificate,
  // Before Node 24.14 only this variable sends fetch through the proxy.
  ...(Reflect.has(http, 'setGlobalProxyFromEnv') ? {} : { NODE_USE_ENV_PROXY: '1' }),
});

async function installing(program: StandIn, behaviour: Omit<Behaviour, 'port'> = {}, flags: string[] = []) {
  const port = await freePort();
  writeStandIn(standIns, program, { port, ...behaviour });
  const run = runCli(['cursor', 'install', '--json', '--no-input', ...flags], environment(port));
  runs.push(run);
  const line = await until(
    () => run.stdout().includes('\n') && run.stdout().split('\n')[0],
    () => `the ready line: ${run.stderr()}`,
    30_000,
  );
  return { ...run, port, ready: JSON.parse(line) as Ready };
}

/** Cursor's own shape B: a Responses body on the chat route. */
const cursorBody = JSON.stringify({
  model: 'bedrock-sonnet',
  stream: true,
  input: [{ role: 'user', content: 'Hello' }],
  tools: [
    { type: 'function', name: 'read_file', parameters: { type: 'object', properties: {} } },
    { type: 'function', name: 'list_dir', parameters: { type: 'object', properties: {} } },
  ],
});

const askAsCursor = (port: number, host: string, key: string) =>
  fromInternet(port, host, '/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'user-agent': 'Cursor/3.17.21' },
    body: cursorBody,
  });

const tunnelled = test.skipIf(!openssl);

tunnelled.each(['cloudflared', 'ngrok', 'tailscale'] as const)(
  '%s: the public name leads to /v1 only, and what Cursor first asks is told (needs openssl)',
  async (program) => {
    const { ready, port, stderr, child, exited } = await installing(program);
    const host = publicNames[program];
    expect(ready).toMatchObject({
      publicUrl: `https://${host}`,
      baseUrl: `https://${host}/v1`,
      model: 'bedrock-sonnet',
      program,
      answered: true,
    });
    expect(stderr()).toContain('127.0.0.1 cannot work there');
    expect(stderr()).toMatch(/Round trip {3}internet -> tunnel -> proxy -> Bedrock {3}200 in/);

    const withKey = { headers: { authorization: `Bearer ${ready.apiKey}` } };
    expect((await fromInternet(port, host, '/v1/models')).status).toBe(401);
    expect((await fromInternet(port, host, '/v1/models', withKey)).status).toBe(200);
    for (const path of ['/livez', '/readyz', '/metrics', '/ui'])
      expect([path, (await fromInternet(port, host, path, withKey)).status]).toEqual([path, 404]);

    const answer = await askAsCursor(port, host, ready.apiKey);
    expect(await answer.text()).toContain('chat.completion.chunk');
    await until(
      () => stderr().includes('agent mode, 2 tools, bedrock-sonnet, Responses shape, Cursor/3.17.21'),
      () => `the first request: ${stderr()}`,
    );

    const status = await done(['cursor', 'status', '--json'], environment(port));
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ schemaVersion: 1, ok: true });

    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(existsSync(join(home, 'tunnel.json'))).toBe(false);
    expect(existsSync(join(home, 'server.json'))).toBe(false);
    const tunnelPid = Number(readFileSync(join(standIns.folder, `${program}.pid`), 'utf8'));
    expect(() => process.kill(tunnelPid, 0)).toThrow('ESRCH');
  },
  90_000,
);

tunnelled(
  'a tunnel that dies is started again, its new name is told, and the old name is no longer answered (needs openssl)',
  async () => {
    const { ready, port, stderr, child, exited } = await installing('cloudflared', { dies: true });
    writeFileSync(join(standIns.folder, 'die'), '');
    const fresh = 'round-2.trycloudflare.com';
    await until(
      () => stderr().includes(`type https://${fresh}/v1 into Cursor`),
      () => `the new name: ${stderr()}`,
      30_000,
    );
    expect(stderr()).toContain('cloudflared ended with exit code 1');
    await until(
      () => readFileSync(join(home, 'tunnel.json'), 'utf8').includes(fresh),
      () => 'the note',
    );
    // The server looks at its note once a second.
    const asked = async () => (await askAsCursor(port, fresh, ready.apiKey)).status;
    await expect.poll(asked, { interval: 200 }).toBe(200);
    const proxy = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as { url: string };
    const withKey = { headers: { authorization: `Bearer ${ready.apiKey}` } };
    const old = await fromInternet(Number(new URL(proxy.url).port), publicNames.cloudflared, '/v1/models', withKey);
    expect(old.status).toBe(421);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  },
  90_000,
);

describe('what keeps a tunnel from opening is said with its fix', () => {
  test('no program on PATH', async () => {
    const run = await done(['cursor', 'install', '--no-input'], { ...environment(9), PATH: home });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('error: there is no tunnel program on this computer');
    expect(run.stderr).toContain('cause: looked for cloudflared, ngrok, tailscale on PATH');
  }, 30_000);

  test('ngrok without its authtoken', async () => {
    writeStandIn(standIns, 'ngrok', { port: await freePort(), noToken: true });
    const run = await done(['cursor', 'install', '--no-input', '--with', 'ngrok'], environment(9));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('cause: ngrok needs an account');
    expect(run.stderr).toContain('fix: ngrok config add-authtoken <token>');
    expect(existsSync(join(home, 'tunnel.json'))).toBe(false);
  }, 60_000);

  test('case 107: an address that Cursor cannot reach, or that is not https', async () => {
    const refused = async (url: string, said: string) => {
      const run = await done(['cursor', 'install', '--no-input', '--url', url], environment(9));
      expect([url, run.code]).toEqual([url, 2]);
      expect(run.stderr).toContain(said);
    };
    await Promise.all([
      refused('http://localhost:4141', 'localhost is not reachable from the internet'),
      refused('https://192.168.1.5', '192.168.1.5 is not reachable from the internet'),
      refused('http://proxy.example.com', 'is not https'),
      refused('proxy.example.com', 'is not a URL'),
    ]);
  }, 60_000);

  test('a server that runs already with a key that is not known here', async () => {
    const server = runCli(['serve', '--json', '--port', '0'], environment(9));
    runs.push(server);
    await until(
      () => server.stdout().includes('\n'),
      () => server.stderr(),
    );
    writeStandIn(standIns, 'cloudflared', { port: await freePort() });
    const run = await done(['cursor', 'install', '--no-input'], environment(9));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('error: a server runs already, and this command does not know its key');
  }, 60_000);
});

tunnelled(
  'a tunnel beside a running server: Cursor gets a key of its own from the vault, and keeps it (needs openssl)',
  async () => {
    const passphrase = join(home, 'passphrase');
    writeFileSync(passphrase, 'correct horse battery staple', { mode: 0o600 });
    const vault = { CLAUDE_BEDROCK_VAULT: 'file', CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE: passphrase };
    const server = runCli(['serve', '--json', '--port', '0'], { ...environment(9), ...vault });
    runs.push(server);
    await until(
      () => server.stdout().includes('\n'),
      () => server.stderr(),
    );
    const keys: string[] = [];
    for (let time = 0; time < 2; time++) {
      const port = await freePort();
      writeStandIn(standIns, 'cloudflared', { port });
      const run = runCli(['cursor', 'install', '--json', '--no-input'], { ...environment(port), ...vault });
      runs.push(run);
      await until(
        () => run.stdout().includes('"answered":true'),
        () => `ready: ${run.stderr()}`,
        40_000,
      );
      keys.push((JSON.parse(run.stdout()) as Ready).apiKey);
      run.child.kill('SIGTERM');
      expect(await run.exited).toBe(0);
    }
    expect(keys[0]).toMatch(/^(sk-)?cb-/);
    expect(keys[1]).toBe(keys[0]);
    expect(server.stdout()).not.toContain(keys[0]);
  },
  120_000,
);

tunnelled(
  'a tunnel beside a running server: its key comes from CLAUDE_BEDROCK_API_KEY and is not shown; the server stays when the tunnel goes (needs openssl)',
  async () => {
    const env = { CLAUDE_BEDROCK_API_KEY: 'sk-of-my-own-1234567890' };
    const server = runCli(['serve', '--json', '--port', '0'], { ...environment(9), ...env });
    runs.push(server);
    await until(
      () => server.stdout().includes('\n'),
      () => server.stderr(),
    );
    const port = await freePort();
    writeStandIn(standIns, 'cloudflared', { port });
    const run = runCli(['cursor', 'install', '--json', '--no-input'], { ...environment(port), ...env });
    runs.push(run);
    await until(
      () => run.stdout().includes('"answered":true'),
      () => `ready: ${run.stderr()}`,
      40_000,
    );
    run.child.kill('SIGTERM');
    expect(await run.exited).toBe(0);
    expect(run.stdout() + run.stderr()).not.toContain('sk-of-my-own');
    const { url } = JSON.parse(server.stdout().split('\n')[0] ?? '') as { url: string };
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  },
  90_000,
);

test('the public name is answered no longer than the process behind it lives, even when that was killed', async () => {
  const server = runCli(['serve', '--json', '--port', '0'], { ...environment(9), CLAUDE_BEDROCK_API_KEY: 'k' });
  runs.push(server);
  await until(
    () => server.stdout().includes('\n'),
    () => server.stderr(),
  );
  const { url } = JSON.parse(server.stdout().split('\n')[0] ?? '') as { url: string };
  const status = async () =>
    (
      await fromInternet(Number(new URL(url).port), 'calm-otter.example.com', '/v1/models', {
        headers: { 'x-api-key': 'k' },
      })
    ).status;
  expect(await status()).toBe(421);
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  const note = { publicUrl: 'https://calm-otter.example.com', program: 'own', pid: holder.pid, since: 1 };
  writeFileSync(join(home, 'tunnel.json'), JSON.stringify(note));
  await expect.poll(status, { interval: 200 }).toBe(200);
  holder.kill('SIGKILL');
  await expect.poll(status, { interval: 200 }).toBe(421);
}, 60_000);

test('cursor status: a server or tunnel that is gone, and what the person typed or saw, each with its cause', async () => {
  writeFileSync(
    join(home, 'tunnel.json'),
    JSON.stringify({
      publicUrl: 'https://calm-otter-12.trycloudflare.com',
      program: 'cloudflared',
      pid: 2 ** 22 + 7,
      since: 1,
    }),
  );
  const run = await done(
    ['cursor', 'status', '--typed-url', 'http://localhost:4141', '--typed-model', 'claude-sonnet-5'].concat([
      '--shown-error',
      '{"error":{"type":"client","reason":"ssrf_blocked","message":"connection to private IP is blocked"}}',
    ]),
    environment(9),
  );
  expect(run.code).toBe(1);
  for (const said of [
    'no claude-bedrock server runs',
    'down: cursor install no longer runs',
    'Cursor cannot reach localhost:4141',
    'does not end in /v1',
    'Cursor keeps names like claude-sonnet-5 for itself',
    'localhost pasted',
  ])
    expect(run.stdout).toContain(said);
  const { stdout } = await done(['status'], environment(9));
  expect(stdout).toMatch(/tunnel +down .*calm-otter-12.*-> (?:npx )?claude-bedrock cursor install/);
}, 30_000);

test('cursor config prints the rules; --write puts them into the project, and never over a changed file', async () => {
  const printed = await done(['cursor', 'config'], environment(9), home);
  expect(printed.stdout).toContain('alwaysApply: true');
  expect((await done(['cursor', 'config', '--write'], environment(9), home)).code).toBe(0);
  const file = join(home, '.cursor/rules/claude-bedrock.mdc');
  expect(printed.stdout).toContain(readFileSync(file, 'utf8'));
  expect((await done(['cursor', 'config', '--write'], environment(9), home)).code).toBe(0);
  writeFileSync(file, 'my own');
  const refused = await done(['cursor', 'config', '--write'], environment(9), home);
  expect(refused.code).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe('my own');
}, 60_000);
