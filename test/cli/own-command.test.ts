import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutput } from '../../src/cli/output.ts';
import { wrap, wrapProse } from '../../src/cli/wrap.ts';
import { commandWords, ownCommand } from '../../src/connect/own-command.ts';
import { done, runCli, until } from './run-cli.ts';

let folder: string;
const path = (...names: string[]) => join(folder, ...names);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-command-'));
  for (const place of ['usr-bin', '_npx/1a2b/node_modules/.bin']) {
    mkdirSync(path(place), { recursive: true });
    writeFileSync(path(place, 'claude-bedrock'), '#!/bin/sh\n');
    chmodSync(path(place, 'claude-bedrock'), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what a person types to start the program again', () => {
  test('its name, where their shell finds it', () => {
    expect(ownCommand({ PATH: path('usr-bin') })).toBe('claude-bedrock');
  });

  test('npx, when npx started it: what npx put on PATH is gone when it ends', () => {
    const PATH = path('_npx/1a2b/node_modules/.bin');
    expect(ownCommand({ PATH })).toBe('npx claude-bedrock');
    expect(ownCommand({ PATH: `${PATH}:${path('usr-bin')}`, npm_command: 'exec' })).toBe('npx claude-bedrock');
  });

  test('npx, where nothing of that name is on PATH: a checkout', () => {
    expect(ownCommand({ PATH: '/nowhere' })).toBe('npx claude-bedrock');
  });
});

/** Says something to the server that `serve --json` started, once it listens. */
async function said(server: ReturnType<typeof runCli>, content: string): Promise<Response> {
  await until(() => server.stdout().includes('\n'), server.stderr);
  const { url, apiKey } = JSON.parse(server.stdout());
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bedrock-sonnet', messages: [{ role: 'user', content }] }),
    signal: AbortSignal.timeout(15_000),
  });
}

test('commands are turned, mentions of the program and what others wrote are not', () => {
  const asTyped = commandWords(['serve', 'key', 'auth'], 'npx claude-bedrock');
  expect(asTyped('run claude-bedrock serve, or `claude-bedrock key show x`')).toBe(
    'run npx claude-bedrock serve, or `npx claude-bedrock key show x`',
  );
  for (const text of [
    'claude-bedrock 1.0.0',
    'npx claude-bedrock serve',
    '~/.config/claude-bedrock serve',
    'claude-bedrock services',
  ])
    expect(asTyped(text)).toBe(text);
  let out = '';
  const stream = new Writable({
    write(chunk, _encoding, next) {
      out += String(chunk);
      next();
    },
  });
  const output = createOutput({ stdout: stream, stderr: stream }, asTyped);
  output.verbatim('claude-bedrock serve');
  output.json({ text: 'claude-bedrock serve', fix: 'claude-bedrock serve', nextSteps: ['claude-bedrock key list'] });
  output.fail({ error: 'it does not run', fix: 'claude-bedrock serve' });
  expect(out).toBe(
    'claude-bedrock serve\n' +
      '{"schemaVersion":1,"text":"claude-bedrock serve","fix":"npx claude-bedrock serve","nextSteps":["npx claude-bedrock key list"]}\n' +
      'error: it does not run\nfix: npx claude-bedrock serve\n',
  );
});

test('by npx every command that is told begins with npx, also in what the server tells an editor', async () => {
  const home = path('home');
  const env = {
    CLAUDE_BEDROCK_HOME: home,
    HOME: home,
    npm_command: 'exec',
    CLAUDE_BEDROCK_UPSTREAM: 'demo',
    CLAUDE_BEDROCK_VAULT: 'memory',
  };
  expect((await done(['statu'], env)).stderr).toContain('fix: npx claude-bedrock status');
  expect((await done(['nonsense'], env)).stderr).toContain('fix: npx claude-bedrock --help');
  expect((await done(['status'], env)).stdout).toContain('-> npx claude-bedrock serve');
  expect((await done(['key', '--help'], env)).stdout).toContain('Usage: npx claude-bedrock key');
  const server = runCli(['serve', '--json', '--port', '0'], { ...env, CLAUDE_BEDROCK_LOG_LEVEL: 'silent' });
  try {
    const response = await said(server, 'demo:throttle');
    expect(JSON.parse(await response.text()).error.message).toContain('Fix: npx claude-bedrock quota');
  } finally {
    server.child.kill('SIGKILL');
    await server.exited;
  }
}, 60_000);

test('by npx the server’s log names commands so too', async () => {
  const home = path('logging');
  mkdirSync(home, { recursive: true });
  writeFileSync(path('logging', 'config.toml'), '[log]\nformat = "text"\n[aws]\nregion = "eu-central-1"\n');
  const server = runCli(['serve', '--json', '--port', '0'], {
    CLAUDE_BEDROCK_HOME: home,
    HOME: home,
    npm_command: 'exec',
    CLAUDE_BEDROCK_UPSTREAM: 'bedrock',
    CLAUDE_BEDROCK_VAULT: 'memory',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  try {
    const response = await said(server, 'hello');
    expect(response.ok).toBe(false);
    await until(() => server.stderr().includes('(npx claude-bedrock explain req_'), server.stderr);
  } finally {
    server.child.kill('SIGKILL');
    await server.exited;
  }
}, 60_000);

describe('lines on a narrow terminal', () => {
  test('break between words and go on under the text, never inside a command to copy', () => {
    expect(wrapProse(`${'✓ region'.padEnd(17)}one two three four five`, 30)).toBe(
      `${'✓ region'.padEnd(17)}one two three\n${' '.repeat(17)}four five`,
    );
    const long = `fix: ${'claude-bedrock connect cline --yes '.repeat(3)}`;
    expect(wrapProse(long, 40)).toBe(long);
    expect(wrapProse('  two columns in, and then some more words', 30)).toBe(
      '  two columns in, and then\n    some more words',
    );
  });

  test('the command behind an arrow gets a line of its own', () => {
    expect(wrap('last error  13:58 upstream_limited, bedrock-opus   -> claude-bedrock explain req_8f2c', 60, 12)).toBe(
      'last error  13:58 upstream_limited, bedrock-opus\n            -> claude-bedrock explain req_8f2c',
    );
  });
});
