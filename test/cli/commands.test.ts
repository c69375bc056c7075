import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { emptyHome } from './company.ts';
import { mainFile } from './terminal-session.ts';

/* The commands as scripts use them, on the demo upstream: real processes, no terminal. */

let home: string;
let env: Record<string, string>;
let configFile: string;
beforeAll(() => {
  ({ home, env } = emptyHome());
  env = { ...env, CLAUDE_BEDROCK_UPSTREAM: 'demo' };
  configFile = join(home, 'claude-bedrock', 'config.toml');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Ended = { code: number | null; stdout: string; stderr: string };

async function run(args: readonly string[], more: Record<string, string> = {}, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [mainFile, ...args], { env: { ...env, ...more }, timeout: 30_000 });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

describe('config', () => {
  test('set, get, list and unset: the file keeps its comments, and each value tells where it comes from', async () => {
    mkdirSync(join(home, 'claude-bedrock'), { recursive: true });
    writeFileSync(configFile, '# mine\n[aws]\nregion = "us-east-1" # home\n');
    expect(await run(['config', 'set', 'region', 'eu-central-1'])).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(configFile, 'utf8')).toBe('# mine\n[aws]\nregion = "eu-central-1" # home\n');
    expect((await run(['config', 'get', 'aws.region'])).stdout).toBe('eu-central-1\n');
    const listed = await run(['config', 'list', '--changed', '--json']);
    expect(JSON.parse(listed.stdout).settings).toContainEqual({
      path: 'aws.region',
      value: 'eu-central-1',
      source: `${configFile}:3`,
    });
    await run(['config', 'unset', 'aws.region']);
    expect(readFileSync(configFile, 'utf8')).toBe('# mine\n[aws]\n');
  });

  test('what is wrong is refused with the right way, and the file is not touched', async () => {
    const before = readFileSync(configFile, 'utf8');
    expect(await run(['config', 'set', 'listen.port', '70000'])).toMatchObject({
      code: 2,
      stderr: 'error: listen.port cannot be "70000".\nfix: listen.port takes an integer from 0 to 65535\n',
    });
    const others = [run(['config', 'set', 'nonsense', '1']), run(['config', 'set', 'seconds', 'x'])];
    expect((await Promise.all(others)).map(({ code }) => code)).toEqual([2, 2]);
    expect(readFileSync(configFile, 'utf8')).toBe(before);
  });

  test('validate names the line, exit 3; path and schema print what they say', async () => {
    const bad = join(home, 'bad.toml');
    writeFileSync(bad, '[listen]\nprot = 1\n');
    const found = await run(['config', 'validate', '--json'], { CLAUDE_BEDROCK_CONFIG: bad });
    expect(found.code).toBe(3);
    expect(JSON.parse(found.stdout).problems[0]).toMatchObject({ where: `${bad}:2` });
    writeFileSync(bad, '[models.aliases]\nfast = "bedrock-haiku"\n[[budgets]]\nusd = 1\nmodel = "fast"\n');
    expect((await run(['config', 'validate'], { CLAUDE_BEDROCK_CONFIG: bad })).code).toBe(0);
    writeFileSync(bad, '[[budgets]]\nusd = 1\nmodel = "fast"\n');
    const what = 'the budget for "fast" fits no model';
    expect(await run(['config', 'validate'], { CLAUDE_BEDROCK_CONFIG: bad })).toMatchObject({
      code: 3,
      stderr: `error: ${what}\ncause: ${bad}:1\nfix: a name that claude-bedrock models list tells\n`,
    });
    expect(await run(['serve', '--port', '0'], { CLAUDE_BEDROCK_CONFIG: bad })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(what),
    });
    expect((await run(['config', 'path'])).stdout).toBe(`${configFile}\n`);
    expect(JSON.parse((await run(['config', 'schema'])).stdout).$schema).toContain('json-schema.org');
  });
});

describe('ask and models, without a running proxy', () => {
  test('the answer is on stdout, and a piped text belongs to the question', async () => {
    const [asked, nothing] = await Promise.all([
      run(['ask', 'Which', 'animal?'], {}, 'The otter swims.\n'),
      run(['ask']),
    ]);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toContain('Which animal?');
    expect(asked.stdout).toContain('The otter swims.');
    expect(nothing.code).toBe(2);
    expect(await run(['ask', 'Hi', '--max-tokens', 'many'])).toMatchObject({
      code: 2,
      stderr: 'error: --max-tokens takes a number above 0\ncause: it was given "many"\n',
    });
  });

  test('--json gives text and tokens; a refusal gives its sentence and exit 5', async () => {
    const [told, refused] = await Promise.all([run(['ask', 'Hi', '--json']), run(['ask', 'demo:forbidden'])]);
    expect(JSON.parse(told.stdout)).toMatchObject({ schemaVersion: 1, outputTokens: expect.any(Number) });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(/^error: .+\nfix: claude-bedrock aws policy\n$/);
  });

  test('models list has one name per model, the neutral ones first; models test asks each', async () => {
    const [listed, tried] = await Promise.all([
      run(['models', 'list', '--json']),
      run(['models', 'test', 'bedrock-haiku', '--json']),
    ]);
    const { models } = JSON.parse(listed.stdout);
    expect(
      models
        .slice(0, 3)
        .map(({ id }: { id: string }) => id)
        .sort(),
    ).toEqual(['bedrock-haiku', 'bedrock-opus', 'bedrock-sonnet']);
    expect(tried.code).toBe(0);
    expect(JSON.parse(tried.stdout).trials[0]).toMatchObject({ ok: true, model: 'bedrock-haiku' });
  });
});

test('a running server is found by its note, and a stale note is not believed', async () => {
  const folder = join(home, 'other');
  const own = { CLAUDE_BEDROCK_HOME: folder };
  mkdirSync(folder, { recursive: true });
  const stale = { pid: 999_999_999, url: 'http://127.0.0.1:9', upstream: 'demo', version: '0', startedAt: 1 };
  writeFileSync(join(folder, 'server.json'), JSON.stringify(stale));
  expect(JSON.parse((await run(['status', '--json'], own)).stdout)).toMatchObject({ running: false, proxy: null });
  const server = spawn(process.execPath, [mainFile, 'serve', '--json'], {
    env: { ...env, ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(server.stdout, 'data');
  const status = JSON.parse((await run(['status', '--json'], own)).stdout);
  expect(status).toMatchObject({ running: true, proxy: { pid: server.pid, upstream: 'demo' } });
  expect((await run(['doctor'], own)).stdout).toMatch(/✓ proxy +answers at /);
  // `claude-bedrock demo` sets nothing: the settings still say Bedrock, and there is no AWS account.
  const beside = await run(['doctor'], { ...own, CLAUDE_BEDROCK_UPSTREAM: 'bedrock' });
  expect(beside).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/· credentials +none needed: .* is the demo/),
  });
  const asked = await run(['ask', 'Hello'], { ...own, CLAUDE_BEDROCK_UPSTREAM: 'bedrock' });
  expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('demo model') });
  const told = (await run(['status'], own)).stdout;
  expect(told).not.toContain('region');
  expect(told).toMatch(/^today +not written down: the demo keeps its calls in memory +-> claude-bedrock ui$/m);
  server.kill('SIGTERM');
  await once(server, 'exit');
  expect(JSON.parse((await run(['status', '--json'], own)).stdout).running).toBe(false);
}, 60_000);

describe('the doctor', () => {
  test('a broken file: exit 3, with its line; nothing else fails because of it', async () => {
    const bad = join(home, 'worse.toml');
    writeFileSync(bad, 'strict = "maybe"\n');
    const told = await run(['doctor', '--json'], { CLAUDE_BEDROCK_CONFIG: bad });
    expect(told.code).toBe(3);
    expect(JSON.parse(told.stdout).checks).toContainEqual(expect.objectContaining({ name: 'config', state: 'fail' }));
  });

  test('the traps of the environment are named', async () => {
    const traps = { AWS_BEARER_TOKEN_BEDROCK: 'x', AWS_PROFILE: 'work', HTTPS_PROXY: 'http://127.0.0.1:9' };
    const told = (await run(['doctor'], traps)).stdout;
    expect(told).toContain('AWS_BEARER_TOKEN_BEDROCK wins over the profile work');
    expect(told).toContain('export NO_PROXY=127.0.0.1,localhost');
    const unsafe = await run(['doctor'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(unsafe.code).toBe(3);
  });

  test('an address of IPv6 to listen at is one that can be asked', async () => {
    const six = { CLAUDE_BEDROCK_HOST: '::1', CLAUDE_BEDROCK_PORT: '1' };
    expect(await run(['status'], six)).toMatchObject({ code: 0, stderr: '' });
    expect((await run(['doctor'], six)).stdout).toMatch(/proxy +stopped; port 1 is free/);
  });
});

test('damaged files are told in their own rows, and nothing else is left out because of them', async () => {
  const { home: damaged, env: bare } = emptyHome();
  onTestFinished(() => rmSync(damaged, { recursive: true, force: true }));
  const state = join(damaged, 'claude-bedrock');
  mkdirSync(state, { recursive: true });
  for (const file of ['sign-in.json', 'keys.json', 'ledger.db']) writeFileSync(join(state, file), 'garbage{');
  const upstream = { ...bare, CLAUDE_BEDROCK_UPSTREAM: 'bedrock' };
  const status = await run(['status'], upstream);
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout).toMatch(
    /^aws +The description of your sign-in \(sign-in\.json\) is damaged\. +-> claude-bedrock/m,
  );
  expect(status.stdout).toMatch(/^key +The list of local keys \(keys\.json\) is damaged\./m);
  expect(status.stdout).toMatch(/^today +not known: the ledger cannot be read +-> claude-bedrock usage$/m);
  const doctor = await run(['doctor'], upstream);
  expect(doctor.code).toBe(4);
  expect(doctor.stdout).toMatch(/✗ credentials +The description of your sign-in/);
});

test('a folder that cannot be one is the person’s to mend, no fault of ours', async () => {
  const { home: odd, env: bare } = emptyHome();
  onTestFinished(() => rmSync(odd, { recursive: true, force: true }));
  writeFileSync(join(odd, 'file'), '');
  const set = await run(['config', 'set', 'region', 'us-east-1'], {
    ...bare,
    CLAUDE_BEDROCK_HOME: join(odd, 'file'),
  });
  expect(set.code).toBe(1);
  expect(set.stderr).toMatch(/^error: .*file cannot be used\ncause: EEXIST.*\nfix: /);
});

describe('a mistyped command', () => {
  test('gets the nearest one as its fix, at every level', async () => {
    expect(await run(['statsu'])).toMatchObject({
      code: 2,
      stderr: "error: unknown command 'statsu'\nfix: claude-bedrock status\n",
    });
    const [deeper, flag, lost, topic] = await Promise.all([
      run(['config', 'gte']),
      run(['serve', '--prot']),
      run(['models', 'lst']),
      run(['help', 'statsu']),
    ]);
    expect(lost).toMatchObject({ code: 2, stderr: expect.stringMatching(/\nfix: claude-bedrock models --help\n$/) });
    expect(topic).toMatchObject({ code: 2, stdout: '' });
    expect(topic.stderr).toBe("error: there is no command and no topic 'statsu'\nfix: claude-bedrock --help\n");
    expect(deeper.stderr).toContain('fix: claude-bedrock config get\n');
    expect(flag.stderr).toContain('fix: --port ');
  });

  test('help has its two topics, and each command its own page', async () => {
    const shows = async (args: readonly string[], said: string) => expect((await run(args)).stdout).toContain(said);
    await Promise.all([
      shows(['help', 'exit-codes'], '130  interrupted'),
      shows(['help', 'environment'], 'CLAUDE_BEDROCK_API_KEY_FILE'),
      shows(['help', 'doctor'], '--probe'),
      shows(['health', '--help'], 'Exit code'),
    ]);
  });
});

test('a key from a file is the key: the way of containers', async () => {
  const file = join(home, 'api-key');
  writeFileSync(file, 'sk-from-a-file-0123456789\n');
  const server = spawn(process.execPath, [mainFile, 'serve', '--json'], {
    env: { ...env, CLAUDE_BEDROCK_API_KEY_FILE: file },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  const { url, apiKey } = JSON.parse(line);
  expect(apiKey).toBeUndefined();
  const answer = await fetch(`${url}/v1/models`, { headers: { authorization: 'Bearer sk-from-a-file-0123456789' } });
  expect(answer.status).toBe(200);
  server.kill('SIGTERM');
  await once(server, 'exit');
  expect((await run(['serve'], { CLAUDE_BEDROCK_API_KEY_FILE: join(home, 'nowhere') })).code).toBe(3);
}, 40_000);

test('serve --tls-self-signed speaks TLS that a client can be told to trust', async () => {
  const server = spawn(process.execPath, [mainFile, 'serve', '--json', '--tls-self-signed'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  const { url } = JSON.parse(line);
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const script = `fetch('${url}/livez').then(async (r) => console.log(await r.text()))`;
  const trusting = spawn(process.execPath, ['-e', script], {
    env: { ...env, NODE_EXTRA_CA_CERTS: join(home, 'claude-bedrock', 'tls', 'cert.pem') },
  });
  expect((await text(trusting.stdout)).trim()).toBe('ok');
  expect((await run(['status'])).stdout).toContain(`${url}/v1`);
  server.kill('SIGTERM');
  await once(server, 'exit');
}, 40_000);

test('the commands of the docs that change nothing run as they stand there', async () => {
  const harmless =
    /^(?:npx )?claude-bedrock ((?:doctor|status|version|models|help|config (?:list|path|schema|validate)|completion)\b.*)$/;
  const lines = globSync(['README.md', 'docs/**/*.md']).flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/(<!-- not run: .+ -->\n)?```(?:sh|bash)\n([\s\S]*?)```/g)].flatMap(
      ([, mark, block = '']) =>
        mark ? [] : block.split('\n').flatMap((line) => harmless.exec(line.replace(/\s+#.*$/, '').trim())?.[1] ?? []),
    ),
  );
  const commands = [...new Set(lines)].filter((line) => !/[|>&;]/.test(line));
  expect(commands.length).toBeGreaterThanOrEqual(4);
  const ended = await Promise.all(commands.map(async (command) => [command, (await run(command.split(' '))).code]));
  expect(ended).toEqual(commands.map((command) => [command, 0]));
}, 60_000);
