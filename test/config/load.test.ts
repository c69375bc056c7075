import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { settingsJsonSchema } from '../../src/config/json-schema.ts';
import { type LoadOptions, loadSettings } from '../../src/config/load.ts';
import { resolvePaths } from '../../src/config/paths.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'claude-bedrock-config-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const file = () => join(home, 'config.toml');
async function load(toml: string | undefined, options: LoadOptions = {}) {
  if (toml !== undefined) writeFileSync(file(), toml);
  return loadSettings({ env: {}, paths: { configFile: file(), state: home }, ...options });
}
async function loaded(toml: string | undefined, options: LoadOptions = {}) {
  const result = await load(toml, options);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.loaded;
}
async function problems(toml: string | undefined, options: LoadOptions = {}) {
  const result = await load(toml, options);
  return result.ok ? [] : result.problems;
}

test('without any configuration everything has its default', async () => {
  const { settings, sourceOf, apiKey } = await loaded(undefined);
  expect(settings).toMatchObject({
    upstream: 'bedrock',
    listen: { host: '127.0.0.1', port: 4141 },
    models: { default: 'bedrock-sonnet', aliases: {} },
    limits: { bodyBytes: 32 * 1024 * 1024 },
    budgets: [],
  });
  expect(sourceOf('listen.port')).toEqual({ kind: 'default' });
  expect(apiKey).toBeUndefined();
});

test('flags win over the environment, that over the file, that over defaults; each value knows where it came from', async () => {
  const toml = '[listen]\nport = 1\nhost = "127.0.0.2"\n\n[log]\nlevel = "warn"\n';
  const { settings, sourceOf } = await loaded(toml, {
    env: { CLAUDE_BEDROCK_PORT: '2', CLAUDE_BEDROCK_LOG_LEVEL: 'debug', CLAUDE_BEDROCK_HOST: '' },
    flags: { 'listen.port': { name: '--port', value: '3' }, upstream: { name: '--upstream', value: undefined } },
  });
  expect([settings.listen.port, settings.log.level, settings.listen.host]).toEqual([3, 'debug', '127.0.0.2']);
  expect(sourceOf('listen.port')).toEqual({ kind: 'flag', name: '--port' });
  expect(sourceOf('log.level')).toEqual({ kind: 'env', name: 'CLAUDE_BEDROCK_LOG_LEVEL' });
  expect(sourceOf('listen.host')).toEqual({ kind: 'file', file: file(), line: 3 });
  expect(sourceOf('upstream')).toEqual({ kind: 'default' });
});

test('the key comes from the environment only, and never prints', async () => {
  const { apiKey, settings } = await loaded(undefined, { env: { CLAUDE_BEDROCK_API_KEY: 'sk-secret' } });
  expect(apiKey?.reveal()).toBe('sk-secret');
  expect(JSON.stringify({ apiKey, settings })).not.toContain('sk-secret');
  expect(await problems('apiKey = "sk-secret"')).toHaveLength(1);
});

describe('what is wrong is told with its place and what would be right', () => {
  test.each([
    ['[listen]\nport = 70000', 2, /listen\.port cannot be 70000/, /integer from 0 to 65535/],
    ['\n[listen]\nport = "x"', 3, /listen\.port/, /integer/],
    ['[listen]\nPort = 1', 2, /no setting "listen\.Port"/, /did you mean listen\.port/],
    ['[models]\ndefault-max-tokens = 1', 2, /no setting/, /models\.defaultMaxTokens/],
    ['port = 1', 1, /no setting "port"/, /did you mean listen\.port/],
    ['[log]\nlevel = "loud"', 2, /"loud"/, /"debug", "info"/],
    ['[models.aliases]\nfast = 3', 1, /models\.aliases/, /table of texts/],
    ['listen = 3', 1, /listen is not a table/, /\[listen\]/],
    ['[listen]\nhost = "0.0.0.0"', 2, /other machines could reach/, /allowRemote/],
    ['[[budgets]]\nperiod = "day"', 1, /usd cannot be left out/, /number/],
    ['[[budgets]]\nusd = 3\nperiod = "week"', 3, /"week"/, /"day", "month"/],
  ])('%j', async (toml, line, what, right) => {
    const [problem] = await problems(toml);
    expect(problem?.where).toBe(`${file()}:${line}`);
    expect(problem?.what).toMatch(what);
    expect(problem?.right).toMatch(right);
  });

  test('TOML that does not parse, with line and column', async () => {
    expect(await problems('[listen]\nport = = 3')).toMatchObject([{ where: `${file()}:2:8` }]);
  });

  test('a bad flag or variable is named, not the file', async () => {
    expect(await problems(undefined, { env: { CLAUDE_BEDROCK_PORT: 'x' } })).toMatchObject([
      { where: 'CLAUDE_BEDROCK_PORT' },
    ]);
    expect(await problems('', { flags: { 'listen.port': { name: '--port', value: '-1' } } })).toMatchObject([
      { where: '--port' },
    ]);
  });

  test('every fault at once', async () => {
    expect(await problems('strict = 1\nnope = 2\n[log]\nlevel = 3')).toHaveLength(3);
  });

  test('a file that CLAUDE_BEDROCK_CONFIG names must exist; the default one need not', async () => {
    const [problem] = await problems(undefined, { env: { CLAUDE_BEDROCK_CONFIG: file() } });
    expect(problem?.what).toMatch(/does not exist/);
  });
});

test('another host is fine when that is said', async () => {
  const flags = {
    'listen.host': { name: '--host', value: '0.0.0.0' },
    'listen.allowRemote': { name: '--allow-remote', value: true },
  };
  expect((await loaded(undefined, { flags })).settings.listen.host).toBe('0.0.0.0');
});

test('the JSON Schema agrees with the checks', async () => {
  const validate = new Ajv2020({ strict: true }).compile(settingsJsonSchema());
  const files = [
    '',
    '"$schema" = "https://example.com/s.json"\nstrict = true',
    '[listen]\nport = 0\norigins = ["app://x"]',
    '[models.aliases]\nfast = "bedrock-haiku"',
    '[[budgets]]\nperiod = "day"\nusd = 3.5\naction = "refuse"',
    '[listen]\nport = 70000',
    '[listen]\nPort = 1',
    '[log]\nlevel = "loud"',
    '[timeouts]\nhold = "1"',
    '[limits.perKey]\nconcurrent = 0',
    '[models]\naliases = ["x"]',
  ];
  for (const toml of files) {
    expect([toml, validate(parse(toml))]).toEqual([toml, (await problems(toml)).length === 0]);
  }
});

describe('folders', () => {
  const at = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
    resolvePaths({ env, platform, home: '/home/ana' });

  test('Linux follows the XDG specification', () => {
    expect(at({})).toEqual({
      configFile: '/home/ana/.config/claude-bedrock/config.toml',
      state: '/home/ana/.local/state/claude-bedrock',
    });
    expect(at({ XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' })).toEqual({
      configFile: '/c/claude-bedrock/config.toml',
      state: '/s/claude-bedrock',
    });
    expect(at({ XDG_CONFIG_HOME: '' }).configFile).toBe('/home/ana/.config/claude-bedrock/config.toml');
  });

  test('macOS and Windows have their own', () => {
    expect(at({}, 'darwin').state).toBe('/home/ana/Library/Application Support/claude-bedrock');
    expect(at({ LOCALAPPDATA: '/L' }, 'win32').state).toBe('/L/claude-bedrock');
  });

  test('CLAUDE_BEDROCK_HOME holds everything, CLAUDE_BEDROCK_CONFIG names the file alone', () => {
    expect(at({ CLAUDE_BEDROCK_HOME: '/x' })).toEqual({ configFile: '/x/config.toml', state: '/x' });
    expect(at({ CLAUDE_BEDROCK_HOME: '/x', CLAUDE_BEDROCK_CONFIG: '/y.toml' })).toEqual({
      configFile: '/y.toml',
      state: '/x',
    });
  });
});
