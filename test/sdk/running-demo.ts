import { Secret } from '../../src/base/secret.ts';
import { compose } from '../../src/compose.ts';
import { settingsSchema } from '../../src/config/schema.ts';

export const apiKey = 'sk-cb-sdk-test';

/** The whole program above the embedded simulator, as `claude-bedrock demo` starts it. */
export async function startDemo(more: Record<string, unknown> = {}) {
  const settings = settingsSchema.parse({ upstream: 'demo', listen: { port: 0 }, log: { level: 'silent' }, ...more });
  const composition = compose({ settings, apiKey: new Secret(apiKey), version: '0.0.0-test' });
  const { url } = await composition.listen();
  return { url, baseUrl: `${url}/v1`, close: () => composition.close('test over') };
}

export const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
