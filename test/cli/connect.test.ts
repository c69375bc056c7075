import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holderOfLsof, holderOfNetstat } from '../../src/cli/port-holder.ts';
import { done, type Run, runCli, until } from './run-cli.ts';

let home: string;
let server: Run | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'claude-bedrock-connect-'));
});
afterEach(async () => {
  server?.child.kill('SIGKILL');
  await server?.exited;
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

const env = () => ({ CLAUDE_BEDROCK_HOME: join(home, 'state'), CLAUDE_BEDROCK_VAULT: 'memory', HOME: home });
const connect = (...args: string[]) => done(['connect', ...args], env(), home);

test('codex: --dry-run writes nothing, without --yes nothing either, --yes writes, --undo brings the old text back', async () => {
  const file = join(home, '.codex/config.toml');
  mkdirSync(join(home, '.codex'));
  writeFileSync(file, '# mine\nmodel = "gpt-5"\n', { mode: 0o640 });
  const before = readFileSync(file, 'utf8');

  const dry = await connect('codex', '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain('-model = "gpt-5"\n+model = "bedrock-sonnet"');
  const silent = await connect('codex', '--no-input');
  expect(silent.code).toBe(1);
  expect(silent.stderr).toContain('fix: claude-bedrock connect codex --yes');
  expect(readFileSync(file, 'utf8')).toBe(before);

  expect((await connect('codex', '--yes')).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('# mine\nmodel = "bedrock-sonnet"');
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect((await connect('codex', '--yes')).stderr).toContain('says so already');

  expect((await connect('codex', '--undo')).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect((await connect('codex', '--undo')).stderr).toContain('nothing to undo');
}, 60_000);

test('a file that connect made is taken away by --undo; one that was changed since is not, unless with --yes', async () => {
  const file = join(home, '.claude/settings.json');
  const made = await connect('claude-code', '--yes', '--json');
  expect(JSON.parse(made.stdout)).toMatchObject({ schemaVersion: 1, client: 'claude-code', file, written: true });
  expect(readFileSync(file, 'utf8')).not.toContain('sk-');
  writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{\n  "theme": "dark",'));
  const refused = await connect('claude-code', '--undo', '--no-input');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('was changed after connect');
  expect(existsSync(file)).toBe(true);
  expect((await connect('claude-code', '--undo', '--yes')).code).toBe(0);
  expect(existsSync(file)).toBe(false);
}, 60_000);

test('a settings file that is a link stays one', async () => {
  const real = join(home, 'dotfiles-aider.yml');
  writeFileSync(real, 'dark-mode: true # yes\n');
  symlinkSync(real, join(home, '.aider.conf.yml'));
  expect((await connect('aider', '--yes')).code).toBe(0);
  expect(readFileSync(real, 'utf8')).toBe(
    'dark-mode: true # yes\nopenai-api-base: http://127.0.0.1:4141/v1\nmodel: openai/bedrock-sonnet\n',
  );
}, 30_000);

test('a broken file is left alone, and the values are said', async () => {
  const file = join(home, '.config/zed/settings.json');
  mkdirSync(join(home, '.config/zed'), { recursive: true });
  writeFileSync(file, '{ "theme": ');
  const run = await connect('zed', '--yes');
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('cause: it is not valid JSON');
  expect(run.stderr).toContain('language_models.openai_compatible.claude-bedrock.api_url = "http://127.0.0.1:4141/v1"');
  expect(readFileSync(file, 'utf8')).toBe('{ "theme": ');
}, 30_000);

test('a file that cannot be read, or written, is left alone too, and nothing is remembered of it', async () => {
  mkdirSync(join(home, '.codex/config.toml'), { recursive: true });
  const folder = await connect('codex', '--yes');
  expect(folder).toMatchObject({ code: 1 });
  expect(folder.stderr).toMatch(
    /config\.toml was left as it is\ncause: EISDIR.*\nfix: set these values by hand:\n {2}model = /,
  );

  // Its folder is a file: that hinders root as well.
  writeFileSync(join(home, '.claude'), '');
  const unwritable = await connect('claude-code', '--yes');
  expect(unwritable).toMatchObject({ code: 1 });
  expect(unwritable.stderr).toMatch(/settings\.json was left as it is\ncause: .*\nfix: set these values by hand:\n/);
  expect((await connect('claude-code', '--undo')).stderr).toContain('nothing to undo');

  const latin1 = Buffer.from('dark-mode: true # caf\xe9\n', 'latin1');
  writeFileSync(join(home, '.aider.conf.yml'), latin1);
  expect((await connect('aider', '--yes')).stderr).toContain('cause: it is not UTF-8 text');
  expect(readFileSync(join(home, '.aider.conf.yml'))).toEqual(latin1);
}, 60_000);

test('--undo --dry-run shows the way back, does not go it, and does not say that it did', async () => {
  await connect('aider', '--yes');
  const dry = await connect('aider', '--undo', '--dry-run');
  expect(dry.stdout).toContain('-model: openai/bedrock-sonnet');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(home, '.aider.conf.yml'))).toBe(true);
}, 30_000);

test('with the proxy running, the client’s own dialect is proved, true sizes are written, and --wait sees its first request', async () => {
  const key = 'sk-of-my-own-1234567890';
  const run = runCli(['serve', '--json', '--port', '0'], { ...env(), CLAUDE_BEDROCK_API_KEY: key });
  server = run;
  const line = await until(
    () => run.stdout().includes('\n') && run.stdout(),
    () => run.stderr(),
  );
  const { url } = JSON.parse(line) as { url: string };
  const connecting = ['cline', 'codex', 'claude-code', 'opencode'].map(async (client) => {
    const { code, stdout } = await done(['connect', client, '--yes', '--json'], {
      ...env(),
      CLAUDE_BEDROCK_API_KEY: key,
    });
    expect([client, code, JSON.parse(stdout)]).toEqual([
      client,
      0,
      expect.objectContaining({ proved: true, baseUrl: `${url}/v1` }),
    ]);
  });
  await Promise.all(connecting);
  const opencode = JSON.parse(readFileSync(join(home, '.config/opencode/opencode.json'), 'utf8')) as {
    provider: { 'claude-bedrock': { models: Record<string, { limit: { context: number } }> } };
  };
  const models = (await (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).json()) as {
    data: { id: string; context_length: number }[];
  };
  expect(opencode.provider['claude-bedrock'].models['bedrock-sonnet']?.limit.context).toBe(
    models.data.find(({ id }) => id === 'bedrock-sonnet')?.context_length,
  );

  const waiting = runCli(['connect', 'roo', '--wait'], { ...env(), CLAUDE_BEDROCK_API_KEY: key });
  await until(
    () => waiting.stderr().includes('Waiting for Roo Code'),
    () => waiting.stderr(),
  );
  await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'user-agent': 'RooCode/3.50.0' },
    body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content: 'Hi' }] }),
  }).then((response) => response.text());
  expect(await waiting.exited).toBe(0);
  expect(waiting.stderr()).toContain('chat mode, no tools, bedrock-sonnet, Chat shape, RooCode/3.50.0');
  const wrong = await done(['connect', 'cline'], { ...env(), CLAUDE_BEDROCK_API_KEY: 'wrong' });
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('fix: set CLAUDE_BEDROCK_API_KEY to the server’s key');
}, 90_000);

test('an unknown client is a usage error, and the help lists them all', async () => {
  expect((await connect('emacs')).code).toBe(2);
  expect((await connect('--help')).stdout).toMatch(/cursor[\s\S]*xcode/);
}, 30_000);

test('who holds a port, as lsof and netstat tell it', () => {
  expect(holderOfLsof('p4242\ncnode\n')).toBe('node (process 4242)');
  expect(holderOfLsof('')).toBeUndefined();
  const netstat = `
  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN          1044
  TCP    127.0.0.1:4141         0.0.0.0:0              ABHÖREN          5120
  TCP    127.0.0.1:4141         127.0.0.1:50122        HERGESTELLT      5120
`;
  expect(holderOfNetstat(netstat, 4141)).toBe('process 5120');
  expect(holderOfNetstat(netstat, 41)).toBeUndefined();
});
