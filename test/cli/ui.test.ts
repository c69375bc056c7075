import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { browserCommand } from '../../src/cli/open-browser.ts';
import { type DashboardUnderTest, key, startDashboard } from '../http/dashboard-under-test.ts';
import { tempFolder } from '../temp-folder.ts';
import { runHere } from './run-here.ts';

let proxy: DashboardUnderTest;
beforeAll(async () => {
  proxy = await startDashboard();
});
afterAll(() => proxy.close());

const emptyHome = (): string => tempFolder('claude-bedrock-home-');

test('ui finds the running proxy by its note and gets a link without any key', async () => {
  vi.stubEnv('CLAUDE_BEDROCK_HOME', proxy.state);
  const { code, out } = await runHere('ui', '--no-open', '--json');
  expect(code).toBe(0);
  const { url, expiresInSeconds, schemaVersion } = JSON.parse(out);
  expect({ expiresInSeconds, schemaVersion }).toEqual({ expiresInSeconds: 60, schemaVersion: 1 });
  expect(url.startsWith(`${proxy.url}/ui#link=`)).toBe(true);
  expect(await proxy.signIn(url.split('link=')[1])).toContain('claude-bedrock-ui-');
  expect(readdirSync(proxy.state).filter((name) => name.startsWith('proof-'))).toEqual([]);
});

test('without a display the link is printed, and how long it is good', async () => {
  vi.stubEnv('CLAUDE_BEDROCK_HOME', proxy.state);
  const { out, err } = await runHere('ui', '--no-open');
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ui#link=[\w-]{43}\n$/);
  expect(err).toContain('within 60 seconds');
});

test('a proxy that does not share the folder, as in a container, is asked with the key', async () => {
  vi.stubEnv('CLAUDE_BEDROCK_HOME', emptyHome());
  const { port } = new URL(proxy.url);
  const refused = await runHere('ui', '--no-open', '--port', port);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('CLAUDE_BEDROCK_API_KEY');
  vi.stubEnv('CLAUDE_BEDROCK_API_KEY', key);
  const { code, out } = await runHere('ui', '--no-open', '--port', port);
  expect(code).toBe(0);
  expect(out).toContain('/ui#link=');
  expect(out).not.toContain(key);
});

test('where no proxy runs, it says so and how to start one', async () => {
  vi.stubEnv('CLAUDE_BEDROCK_HOME', emptyHome());
  const { code, err } = await runHere('ui', '--no-open', '--port', '1');
  expect(code).toBe(1);
  expect(err).toContain('no proxy answers at http://127.0.0.1:1');
  expect(err).toContain('claude-bedrock serve');
});

test('the browser is the platform’s own, and no shell reads the link', () => {
  const url = 'http://127.0.0.1:4141/ui#link=x';
  expect(browserCommand(url, { platform: 'darwin', env: {} })).toEqual(['open', url]);
  expect(browserCommand(url, { platform: 'win32', env: {} })).toEqual(['rundll32', 'url.dll,FileProtocolHandler', url]);
  expect(browserCommand(url, { platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } })).toEqual(['xdg-open', url]);
  expect(browserCommand(url, { platform: 'linux', env: { DISPLAY: '' } })).toBeUndefined();
});
