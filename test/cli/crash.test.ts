import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { faultText } from '../../src/base/fault-text.ts';
import { foreignEnv } from '../../src/base/foreign-env.ts';
import { done } from './run-cli.ts';

test.each(['exception', 'rejection'])(
  'promise 2: an uncaught %s is told without anything it carries',
  async (kind) => {
    const home = mkdtempSync(join(tmpdir(), 'crash-'));
    const preload = join(import.meta.dirname, 'children/fail-later.ts');
    const { code, stdout, stderr } = await done(['serve', '--port', '0'], {
      CLAUDE_BEDROCK_HOME: home,
      CLAUDE_BEDROCK_API_KEY: 'canary-own-key-8',
      NODE_OPTIONS: `--import=${preload}`,
      FAIL_AS: kind,
    });
    rmSync(home, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('canary-');
    expect(stderr).toContain('error: claude-bedrock stopped because of a fault of its own\ncause: Error\n');
    expect(stderr).toContain('caused by TypeError (ERR_X)');
    expect(stderr).toMatch(/ {4}at .*fail-later\.ts:\d+:\d+/);
  },
  30_000,
);

test('what the engine and failed system calls say is kept: it is made of names, codes and paths', () => {
  const missing: { a?: { b: string } } = {};
  const broken = (): unknown => (missing.a as { b: string }).b;
  expect(() => broken()).toThrow(TypeError);
  try {
    broken();
  } catch (error) {
    expect(faultText(error)).toMatch(/^TypeError: Cannot read properties of undefined \(reading 'b'\)\n {4}at /);
  }
  const system = Object.assign(new Error("EACCES: permission denied, open '/x'"), { code: 'EACCES', syscall: 'open' });
  expect(faultText(system)).toMatch(/^Error \(EACCES\): EACCES: permission denied, open '\/x'\n/);
});

test('what others say is left out, also where it looks like a stack or loops', () => {
  const error = new Error('canary-1\n    at canary-2:1:1\n    at x (canary-3:4:5)');
  error.cause = error;
  expect(faultText(error)).not.toContain('canary-');
  try {
    JSON.parse('canary-4');
  } catch (thrown) {
    expect(faultText(thrown)).toMatch(/^SyntaxError\n/);
  }
  expect(faultText('canary-5')).toBe('a thrown string');
  expect(faultText(null)).toBe('a thrown null');
});

test('programs that are not ours are started without the keys of this person', () => {
  const env = { PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'canary-1', aws_session_token: 'canary-2', AWS_PROFILE: 'work' };
  expect(foreignEnv({ ...env, CLAUDE_BEDROCK_API_KEY: 'canary-3', NGROK_AUTHTOKEN: 'theirs' })).toEqual({
    PATH: '/bin',
    AWS_PROFILE: 'work',
    NGROK_AUTHTOKEN: 'theirs',
  });
});
