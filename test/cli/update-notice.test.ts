import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { isNewer, updateNotice } from '../../src/cli/update-notice.ts';
import { tempFolder } from '../temp-folder.ts';

let asked = 0;
let answer = '{"version":"99.0.0"}';
let url = '';
const server = createServer((_, response) => {
  asked += 1;
  response.end(answer);
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
});
afterAll(() => void server.close());
beforeEach(() => {
  asked = 0;
  answer = '{"version":"99.0.0"}';
  vi.stubEnv('CLAUDE_BEDROCK_HOME', tempFolder('update-'));
});

const ask = (env: Record<string, string> = {}, options = {}, argv: string[] = ['status']) =>
  updateNotice(argv, { CLAUDE_BEDROCK_UPDATE_URL: url, ...env }, { atTerminal: true, ...options });

test('a newer version is told once, and the registry is asked once a day', async () => {
  expect(await ask()).toMatch(/^claude-bedrock 99\.0\.0 is out \(this is .*\): npm install -g/);
  expect(await ask()).toBeUndefined();
  expect(asked).toBe(1);
  expect(await ask({}, { now: Date.now() + 90_000_000 })).toContain('99.0.0');
  expect(asked).toBe(2);
});

test('nobody is asked without a terminal, in CI, with --json, or when it is switched off', async () => {
  expect(await ask({}, { atTerminal: false })).toBeUndefined();
  expect(await ask({ CI: 'true' })).toBeUndefined();
  expect(await ask({ CLAUDE_BEDROCK_NO_UPDATE_CHECK: '1' })).toBeUndefined();
  expect(await ask({}, {}, ['status', '--json'])).toBeUndefined();
  expect(asked).toBe(0);
});

test('what the registry says cannot draw on the terminal, and a registry that is down is silence', async () => {
  answer = '{"version":"99.0.0\\u001b[2J"}';
  expect(await ask()).toBeUndefined();
  vi.stubEnv('CLAUDE_BEDROCK_HOME', tempFolder('update-'));
  expect(await ask({ CLAUDE_BEDROCK_UPDATE_URL: 'http://127.0.0.1:9/' })).toBeUndefined();
});

test('versions are compared as numbers', () => {
  expect(isNewer('1.10.0', '1.9.9')).toBe(true);
  expect(isNewer('1.9.9', '1.10.0')).toBe(false);
  expect(isNewer('1.0.0', '1.0.0')).toBe(false);
});
