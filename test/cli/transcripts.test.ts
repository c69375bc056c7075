import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { version } from '../../src/cli/package-version.ts';
import { writeTunnelNote } from '../../src/config/tunnel-note.ts';
import { fromInternet, makeStandIns, openssl, publicNames, writeStandIn } from '../connect/stand-in-tunnels.ts';
import { addBrowser, type Company, emptyHome, openCompany } from './company.ts';
import { freePort, type Run, runCli, until } from './run-cli.ts';
import { hasTmux, mainFile, openTerminal, type TerminalSession } from './terminal-session.ts';

/*
 * What a person sees (transcripts/README.md says how it differs from what was planned, and why), kept as golden files and driven through a real pseudo-terminal. Times, ports, keys and process ids
 * are replaced; everything else is compared to the letter. UPDATE_GOLDEN=1 writes the files anew.
 */

if (!hasTmux) process.stdout.write('SKIPPED: tmux is not installed, what needs a terminal is not recorded\n');

function normalised(seen: string, home: string): string {
  return `${seen
    .replaceAll('^C', '')
    .replaceAll(home, '~')
    .replaceAll(version, 'VERSION')
    .replaceAll(process.versions.node, 'NODE')
    .replaceAll(/\b(?:sk-)?cb-[\w-]{43}\b/g, 'KEY')
    .replaceAll(/\b((?:sk-)?cb-)[\w-]{3,6}…/g, '$1XXX…')
    .replaceAll(/Open: {4}http\S+/g, 'Open:    SIGN-IN-PAGE')
    .replaceAll(/\breq_[\w-]{24}\b/g, 'REQUEST-ID')
    .replaceAll(/\(\d h[^)]*\)|\(\d+ min\)/g, '(SPAN)')
    .replaceAll(/\d+ h (?:\d+ min )?left|\b5\d min left/g, 'SPAN left')
    .replaceAll(/service: [a-z-]+,/g, 'service: MANAGER,')
    // A spinner that was there when the screen was read.
    .replaceAll(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] .*\n/gm, '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    // The line is cut at the terminal's edge: where, depends on how many digits the time before it has.
    .replaceAll(/( in \d+ ms +"[^"]{40})[^"]*…"/g, '$1…"')
    .replaceAll(/\b\d+ ms\b|\b\d+\.\d s\b/g, 'TIME')
    .replaceAll(/pid \d+/g, 'pid PID')
    .replaceAll(/\bup \d+ \w+/g, 'up TIME')
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, 'HH:MM:SS')
    .replaceAll(/\b\d\d:\d\d\b/g, 'HH:MM')
    .replaceAll(/\b\d s (behind|ahead of) AWS/g, 'N s from AWS')
    .trimEnd()}\n`;
}

function golden(name: string, seen: string): void {
  const file = join(import.meta.dirname, 'transcripts', `${name}.golden.txt`);
  if (process.env['UPDATE_GOLDEN'] || !existsSync(file)) writeFileSync(file, seen);
  expect(seen).toBe(readFileSync(file, 'utf8'));
}

/** A command without a terminal: both streams, and the exit code as a shell would show it. */
async function command(env: Record<string, string>, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [mainFile, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return `$ claude-bedrock ${args.join(' ')}\n${stderr}${stdout}exit code ${code}\n`;
}

let company: Company;
let open: TerminalSession | undefined;
beforeAll(async () => {
  company = await openCompany();
});
afterEach(() => open?.close());
afterAll(() => company.close());

const inEightHours = () => new Date(Date.now() + 8 * 3_600_000 - 500);

test.skipIf(!hasTmux)(
  '4.1 no AWS credentials: everything that was looked at, a choice, and the demo answers',
  async () => {
    const { home, env } = emptyHome();
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    open = openTerminal('demo', [], env);
    await open.see('What would you like to do?');
    await open.see('I have no AWS account');
    const question = open.screen();
    open.press('Enter');
    await open.see('Press Ctrl+C to stop.');
    open.press('C-c');
    await open.see('exit code 130');
    const told = open.screen();
    golden(
      'no-credentials',
      normalised(`${question}\n\n--- Enter ---\n\n${told}`, home).replaceAll(/\nHH:MM:SS .*/g, ''),
    );
    expect(told).toContain(`key ${readFileSync(join(home, 'clipboard'), 'utf8')} (copied)`);
  },
  60_000,
);

test.skipIf(!hasTmux)(
  'Ctrl+C, or Ctrl+D, at a question ends the command, and what is no address is asked for anew',
  async () => {
    const { home, env } = emptyHome();
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    open = openTerminal('questions', [], env);
    await open.see('I have no AWS account');
    open.press('Down', 'Down', 'Enter');
    await open.see('Start URL:');
    open.press('hello', 'Enter');
    await open.see('error: "hello" is no start URL.');
    // What was chosen stands in one line: the list is on the screen again.
    await open.see('I have no AWS account');
    open.press('Down', 'Down', 'Enter');
    await expect.poll(() => open?.screen().split('Start URL:').length, { timeout: 10_000 }).toBe(3);
    open.press('C-c');
    await open.see('exit code 130');
    expect(open.screen()).not.toMatch(/AbortError|went wrong/);
    open.close();
    open = openTerminal('questions-d', ['auth', 'login', '--source', 'identity-center'], env);
    await open.see('Start URL:');
    open.press('C-d');
    await open.see('exit code 130');
    expect(open.screen()).not.toMatch(/AbortError|went wrong/);
  },
  60_000,
);

test.skipIf(!hasTmux)(
  '4.1 the wizard as one flow: company SSO in the browser, account and role, every step proven, and it listens',
  async () => {
    const fresh = await openCompany();
    addBrowser(fresh.home);
    rmSync(join(fresh.home, '.aws'), { recursive: true });
    open = openTerminal('wizard', [], fresh.env);
    const answer = async (question: string, ...keys: string[]) => {
      await open?.see(question);
      open?.press(...keys, 'Enter');
    };
    await answer('I have no AWS account', 'Down', 'Down');
    await answer('Start URL', 'https://corp.awsapps.com/start');
    await answer('Region of IAM Identity Center', 'eu-central-1');
    await answer('Account (1)');
    await answer('Role (1)');
    await answer('Which AWS Region?', 'Down', 'Down');
    await open.see('Press Ctrl+C to stop.');
    open.press('C-c');
    await open.see('exit code 130');
    golden('wizard-company-sso', normalised(open.screen(), fresh.home));
    await fresh.close();
  },
  90_000,
);

test.skipIf(!hasTmux)(
  '4.1 auth login: a form that Anthropic wants is named, looked at again, and the first answer follows',
  async () => {
    const fresh = await openCompany();
    addBrowser(fresh.home);
    fresh.form.sent = false;
    fresh.quota.tokensPerMinute = 'forbidden';
    const login = 'auth login --start-url https://corp.awsapps.com/start --sso-region eu-central-1';
    const where = '--account 111111111111 --role Dev';
    const env = { ...fresh.env, AWS_REGION: 'eu-central-1' };
    open = openTerminal('login', `${login} ${where}`.split(' '), env);
    await open.see('Wait here and re-check every 10 s?');
    open.press('Enter');
    await open.see('Enter looks now');
    fresh.form.sent = true;
    open.press('Enter');
    await open.see('exit code 0');
    golden('auth-login', `$ claude-bedrock ${login} ${where}\n${normalised(open.screen(), fresh.home)}`);
    await fresh.close();
  },
  90_000,
);

test.skipIf(!hasTmux)(
  '4.2 an SSO profile is there: no question, every step proven, and it listens',
  async () => {
    company.signIn(inEightHours());
    open = openTerminal('sso', [], company.env);
    await open.see('Press Ctrl+C to stop.');
    const running = await command(company.env, 'status');
    open.press('C-c');
    await open.see('exit code 130');
    expect(company.bedrock.requests.length).toBeGreaterThanOrEqual(3);
    golden('sso-profile', normalised(open.screen(), company.home));
    golden('status-running', normalised(running, company.home));
    expect(readFileSync(join(company.home, 'clipboard'), 'utf8')).toMatch(/^cb-[\w-]{43}$/);
  },
  90_000,
);

test.skipIf(!hasTmux || !openssl)(
  '4.2 connect cursor: the truth, a tunnel, the round trip, what to type (copied one by one), and Cursor’s first request',
  async () => {
    const { home, env } = emptyHome();
    const port = await freePort();
    const standIns = makeStandIns(join(home, 'bin'));
    writeStandIn(standIns, 'cloudflared', { port });
    open = openTerminal('cursor', ['connect', 'cursor'], {
      ...env,
      CLAUDE_BEDROCK_UPSTREAM: 'demo',
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      NODE_EXTRA_CA_CERTS: standIns.certificate,
      ...(Reflect.has(http, 'setGlobalProxyFromEnv') ? {} : { NODE_USE_ENV_PROXY: '1' }),
    });
    await open.see('skip: use Cursor’s own Bedrock setting instead');
    const question = open.screen();
    open.press('Enter');
    await open.see('Waiting for Cursor…');
    const clipboard = () => readFileSync(join(home, 'clipboard'), 'utf8');
    const key = clipboard();
    const address = `https://${publicNames.cloudflared}/v1`;
    open.press('Enter');
    await open.see(`copied       ${address}`);
    expect(clipboard()).toBe(address);
    open.press('Enter');
    await open.see('copied       bedrock-sonnet');
    const { status } = await fromInternet(port, publicNames.cloudflared, '/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'user-agent': 'Cursor/3.17.21' },
      body: JSON.stringify(agentRequest),
    });
    expect(status).toBe(200);
    await open.see('first request');
    open.press('C-c');
    await open.see('exit code 130');
    const told = open.screen().replaceAll(/\n\d\d:\d\d:\d\d .*/g, '');
    golden('connect-cursor', normalised(`${question}\n\n--- Enter ---\n\n${told}`, home));
    rmSync(home, { recursive: true, force: true });
  },
  90_000,
);

/** Cursor's Agent mode: a Responses body on the chat route. */
const agentRequest = {
  model: 'bedrock-sonnet',
  stream: true,
  input: [{ role: 'user', content: 'Hello' }],
  tools: Array.from({ length: 23 }, (_, at) => ({
    ...{ type: 'function', name: `tool_${at}`, parameters: { type: 'object', properties: {} } },
  })),
};

const listening = ({ stdout, stderr }: Run) =>
  until(
    () => stdout().includes('\n') && (JSON.parse(stdout()) as { url: string; apiKey: string }),
    () => `the server: ${stderr()}`,
  );

async function askAs(client: string, url: string, key: string, content: string) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'user-agent': client },
    body: JSON.stringify({ model: 'bedrock-opus', max_tokens: 64_000, messages: [{ role: 'user', content }] }),
  });
  return { status: response.status, text: await response.text() };
}

test('4.3 later: status with service, tunnel, an ending sign-in, a budget and a throttled call', async () => {
  const fresh = await openCompany();
  const env = { ...fresh.env, AWS_PROFILE: 'work', CLAUDE_BEDROCK_LOG_LEVEL: 'silent' };
  const state = join(fresh.home, 'claude-bedrock');
  fresh.signIn(new Date(Date.now() + 18.5 * 60_000));
  await command(env, 'config', 'set', 'aws.region', 'eu-central-1');
  appendFileSync(join(state, 'config.toml'), '\n[[budgets]]\nperiod = "day"\nusd = 10\naction = "refuse"\n');
  const service = JSON.parse((await command(env, 'service', 'install', '--dry-run', '--json')).split('\n')[1] ?? '');
  for (const file of service.files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
  const server = runCli(['serve', '--json'], { ...env, CLAUDE_BEDROCK_UPSTREAM: 'bedrock' });
  try {
    const { url, apiKey } = await listening(server);
    writeTunnelNote(state, {
      publicUrl: 'https://calm-otter-12.trycloudflare.com',
      program: 'cloudflared',
      pid: process.pid,
      since: Date.now(),
    });
    expect(await askAs('Cursor/3.17.21', url, apiKey, 'Hello')).toMatchObject({ status: 200 });
    expect(await askAs('Cursor/3.17.21', url, apiKey, 'demo:throttle')).toMatchObject({ status: 429 });
    const seen = () =>
      existsSync(join(state, 'last-seen.json')) &&
      readFileSync(join(state, 'last-seen.json'), 'utf8').includes('Cursor');
    await until(seen, () => 'the sighting of Cursor');
    await expect.poll(() => command(env, 'status'), { timeout: 20_000 }).toContain('last error');
    golden('status-later', normalised(await command(env, 'status'), fresh.home));
  } finally {
    server.child.kill('SIGKILL');
    await server.exited;
    await fresh.close();
  }
}, 120_000);

test('4.3 the sign-in has ended: the doctor and the editor’s chat say since when, and the one command; exit 4', async () => {
  company.signIn(new Date(Date.now() - 6 * 60_000 - 500));
  const env = { ...company.env, AWS_PROFILE: 'work', CLAUDE_BEDROCK_HOME: join(company.home, 'of-4.3') };
  golden('doctor-sign-in-ended', normalised(await command(env, 'doctor'), company.home));
  const chat = { ...env, CLAUDE_BEDROCK_UPSTREAM: 'bedrock', CLAUDE_BEDROCK_LOG_LEVEL: 'silent' };
  const server = runCli(['serve', '--json'], chat);
  try {
    const { url, apiKey } = await listening(server);
    const { status, text: said } = await askAs('curl/8', url, apiKey, 'Are you there?');
    golden('in-the-editor', normalised(`HTTP ${status}\n${JSON.parse(said).error.message}\n`, company.home));
  } finally {
    server.child.kill('SIGKILL');
    await server.exited;
  }
}, 60_000);

test('all is well: the doctor with a real request; exit 0', async () => {
  company.signIn(inEightHours());
  golden('doctor-well', normalised(await command(company.env, 'doctor', '--probe'), company.home));
}, 60_000);

test('without a terminal: what was found, as JSON, and what to do next', async () => {
  const { home, env } = emptyHome();
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  golden('init-json', normalised(`${await command(env, 'init', '--json')}\n${await command(env)}`, home));
}, 60_000);

test.each([
  [{ tokensPerMinute: 0 }, /! Quota +bedrock-sonnet: 0 tokens\/min\n +fix: claude-bedrock quota/],
  [
    { tokensPerMinute: 'forbidden' },
    /· Quota +not allowed to read: .*ListServiceQuotas.*\n +fix: claude-bedrock aws policy/,
  ],
] as const)(
  'the first run tells a quota of %o',
  async (quota, told) => {
    company.signIn(inEightHours());
    Object.assign(company.quota, quota);
    expect(await command({ ...company.env, AWS_PROFILE: 'work' }, 'init', '--no-input')).toMatch(told);
  },
  60_000,
);
