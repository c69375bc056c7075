import { Secret } from '../../src/base/secret.ts';
import { compose } from '../../src/compose.ts';
import { loadSettings } from '../../src/config/load.ts';

export const apiKey = 'sk-cb-sdk-test';

const nowhere = { configFile: '/nowhere/config.toml', state: '/nowhere' };

/** The whole program above the embedded simulator, as `claude-bedrock demo` starts it; `more` are settings by their paths. */
export async function startDemo(more: Record<string, unknown> = {}) {
  const wishes = { upstream: 'demo', 'listen.port': 0, 'log.level': 'silent', ...more };
  const flags = Object.fromEntries(Object.entries(wishes).map(([path, value]) => [path, { name: path, value }]));
  const result = await loadSettings({ env: {}, paths: nowhere, flags });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const composition = compose({ settings: result.loaded.settings, apiKey: new Secret(apiKey), version: '0.0.0-test' });
  const { url } = await composition.listen();
  return { url, baseUrl: `${url}/v1`, close: () => composition.close('test over') };
}

export const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
