import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { compose } from '../../src/compose.ts';
import { loadSettings } from '../../src/config/load.ts';
import { verifyAudit } from '../../src/observe/audit-verify.ts';
import { auditFolder } from '../../src/observe/recorder.ts';
import { tempFolder } from '../temp-folder.ts';

afterEach(() => vi.unstubAllEnvs());

test.skipIf(process.platform === 'win32')(
  'a stop while a sign-in that will fail is still being looked for closes everything all the same',
  { timeout: 30_000 },
  async () => {
    const state = tempFolder('close-');
    const config = join(state, 'aws-config');
    writeFileSync(config, '[profile slow]\nregion = eu-central-1\ncredential_process = sh -c "sleep 2; exit 1"\n');
    vi.stubEnv('AWS_CONFIG_FILE', config);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', config);
    const wishes = { 'aws.profile': 'slow', 'listen.port': 0, 'log.level': 'silent' };
    const flags = Object.fromEntries(Object.entries(wishes).map(([path, value]) => [path, { name: path, value }]));
    const result = await loadSettings({ env: {}, paths: { configFile: join(state, 'none.toml'), state }, flags });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { settings } = result.loaded;
    const server = compose({ settings, apiKey: new Secret('sk-cb-close-test'), state, version: '0' });
    await server.listen();
    // The warm-up opens the way to Bedrock after a moment; two seconds later it will have failed.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await server.close('test');
    expect(verifyAudit(auditFolder(state))).toMatchObject({ ok: true, lines: 2 });
  },
);
