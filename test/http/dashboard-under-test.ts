import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPage } from '../../scripts/build-page.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Secret } from '../../src/base/secret.ts';
import { compose } from '../../src/compose.ts';
import { loadSettings } from '../../src/config/load.ts';
import { resolvePaths } from '../../src/config/paths.ts';
import { uiPage } from '../../src/http/ui-page.ts';

export const key = `sk-cb-${'k'.repeat(40)}`;
/** What no payload of the dashboard may hold. */
export const canary = 'canary-words-of-a-prompt';

export type DashboardUnderTest = {
  url: string;
  state: string;
  close(): Promise<void>;
  chat(body?: object, headers?: Record<string, string>): Promise<Response>;
  /** A request from the page itself, or with other headers. */
  ask(path: string, init?: { method?: string; headers?: Record<string, string>; body?: object }): Promise<Response>;
  /** A link's secret, asked for with the key. */
  link(): Promise<string>;
  /** Signs in; gives the Cookie header. */
  signIn(link?: string): Promise<string>;
};

/** The real program on a simulated Bedrock, with the page as the sources make it. */
export async function startDashboard(
  toml = '',
  { upstream = 'demo', asTyped }: { upstream?: string; asTyped?: (text: string) => string } = {},
): Promise<DashboardUnderTest> {
  const state = mkdtempSync(join(tmpdir(), 'claude-bedrock-ui-'));
  writeFileSync(join(state, 'config.toml'), toml);
  const env = { CLAUDE_BEDROCK_HOME: state, CLAUDE_BEDROCK_UPSTREAM: upstream, CLAUDE_BEDROCK_PORT: '0' };
  const paths = resolvePaths({ env, platform: 'linux', home: state });
  const result = await loadSettings({ env: { ...env, CLAUDE_BEDROCK_LOG_LEVEL: 'silent' }, paths });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const html = await buildPage();
  const composition = compose({
    settings: result.loaded.settings,
    apiKey: new Secret(key),
    state,
    version: '0.0.0-test',
    asTyped,
    page: async () => uiPage(html),
    // Wrong keys wait, which has its own test; here that would be minutes.
    clock: {
      ...systemClock,
      sleep: (ms, signal) => systemClock.sleep(ms > 1_500 || ms < 1_000 ? ms / 50 : ms, signal),
    },
  });
  const { url } = await composition.listen();
  const ask: DashboardUnderTest['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    fetch(url + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
  const link = async (): Promise<string> => {
    const response = await ask('/ui/link', { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: {} });
    return /#link=([\w-]+)$/.exec(((await response.json()) as { url: string }).url)?.[1] ?? '';
  };
  return {
    url,
    state,
    ask,
    link,
    async close() {
      await composition.close('test');
      rmSync(state, { recursive: true, force: true });
    },
    chat: (body = {}, headers = {}) =>
      ask('/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'user-agent': 'cursor/1.2', ...headers },
        body: {
          model: 'bedrock-sonnet',
          stream: true,
          messages: [{ role: 'user', content: `Hello, ${canary}` }],
          ...body,
        },
      }),
    async signIn(given) {
      const response = await ask('/ui/session', {
        method: 'POST',
        headers: { origin: url },
        body: { link: given ?? (await link()) },
      });
      return response.headers.get('set-cookie')?.split(';')[0] ?? '';
    },
  };
}
