import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isPassing, servicePlan } from '../../src/connect/service/plan.ts';

const env = {
  PATH: '/usr/local/bin:/usr/bin:/odd "dir"/100%',
  AWS_PROFILE: 'work & play',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-secret',
  CLAUDE_BEDROCK_API_KEY: 'sk-cb-secret',
  HTTPS_PROXY: 'http://ana:geheim@proxy.example.com:3128',
  NO_PROXY: 'localhost',
};
const base = { home: '/home/ana', state: '/home/ana/.local/state/claude-bedrock', env, uid: 501, user: 'ana' };
const linux = {
  ...base,
  platform: 'linux',
  node: '/opt/node $1/bin/node',
  main: '/usr/lib/claude-bedrock/dist/main.js',
} as const;
const plans = {
  systemd: servicePlan(linux),
  launchd: servicePlan({
    ...linux,
    platform: 'darwin',
    home: '/Users/ana',
    state: '/Users/ana/Library/Application Support/claude-bedrock',
  }),
  'task-scheduler': servicePlan({
    ...base,
    platform: 'win32',
    node: 'C:\\Program Files\\nodejs\\node.exe',
    main: 'C:\\Users\\ana\\AppData\\Roaming\\npm\\node_modules\\claude-bedrock\\dist\\main.js',
    state: 'C:\\Users\\ana\\AppData\\Local\\claude-bedrock',
    user: 'OFFICE\\ana',
  }),
};

describe.each(Object.entries(plans))('%s', (name, plan) => {
  test('its files are those that were looked at and found right', async () => {
    if (!plan) throw new Error('no plan');
    const all = plan.files.map(({ path, text }) => `=== ${path}\n${text.replace(/^\ufeff/, '')}`).join('');
    const commands = [...plan.start, ...plan.stop, plan.status].map((words) => `$ ${words.join(' ')}\n`).join('');
    await expect(`${all}${commands}`).toMatchFileSnapshot(join(import.meta.dirname, `service.golden.${name}.txt`));
  });

  test('no secret is in them: neither keys nor a proxy’s password', () => {
    const text = plan?.files.map((file) => file.text).join('') ?? '';
    expect(text).toContain('AWS_PROFILE');
    expect(text).not.toMatch(/EXAMPLEKEY|bedrock-api-key|sk-cb|geheim/);
  });
});

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;

test.skipIf(!analyze)('systemd-analyze verify finds nothing wrong (needs systemd-analyze)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'claude-bedrock-unit-'));
  try {
    const plan = servicePlan({
      ...linux,
      node: process.execPath,
      main: join(import.meta.dirname, '../../src/main.ts'),
    });
    const unit = join(folder, 'claude-bedrock.service');
    writeFileSync(unit, plan?.files[0]?.text ?? '');
    const { status, stderr } = spawnSync('systemd-analyze', ['--user', '--man=no', 'verify', unit], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    });
    expect([status, stderr.split('\n').filter((line) => line.includes('claude-bedrock'))]).toEqual([0, []]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a program in a cache is no program to start at login', () => {
  expect(isPassing('/home/ana/.npm/_npx/abc/node_modules/claude-bedrock/dist/main.js')).toBe(true);
  expect(isPassing('C:\\Users\\ana\\AppData\\Local\\npm-cache\\_npx\\abc\\main.js')).toBe(true);
  expect(isPassing('/usr/lib/node_modules/claude-bedrock/dist/main.js')).toBe(false);
});

test('a system without a manager that we know has no plan', () => {
  expect(servicePlan({ ...linux, platform: 'freebsd' })).toBeUndefined();
  expect(readFileSync(join(import.meta.dirname, 'service.golden.systemd.txt'), 'utf8')).toContain(
    'NoNewPrivileges=yes',
  );
});
