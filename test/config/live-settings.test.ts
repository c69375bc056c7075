import { expect, test } from 'vitest';
import { placesOf } from '../../src/config/check.ts';
import { liveSettings, mergeLive, settingsChange } from '../../src/config/live-settings.ts';
import { loadSettings } from '../../src/config/load.ts';
import { type Settings, settingsSchema } from '../../src/config/schema.ts';

async function settings(): Promise<Settings> {
  const result = await loadSettings({ env: {}, paths: { configFile: '/nowhere/config.toml', state: '/nowhere' } });
  if (!result.ok) throw new Error('defaults are not valid');
  return result.loaded.settings;
}

test('every live setting exists: a renamed one must not silently stop being live', () => {
  const places = placesOf(settingsSchema).map(({ path }) => path);
  for (const live of liveSettings) {
    expect([live, places.some((path) => path === live || path.startsWith(`${live}.`))]).toEqual([live, true]);
  }
});

test('a change is told by its path, live or for the next start; the merge takes the live ones only', async () => {
  const before = await settings();
  const after = structuredClone(before);
  Object.assign(after.log, { level: 'debug' });
  Object.assign(after.models, { aliases: { fast: 'bedrock-haiku' } });
  Object.assign(after.listen, { port: 5000, publicHost: 'calm-otter.example.com' });
  const change = settingsChange(before, after);
  expect(change.live.sort()).toEqual(['listen.publicHost', 'log.level', 'models.aliases.fast']);
  expect(change.restart).toEqual(['listen.port']);
  const merged = mergeLive(before, after);
  expect(merged.listen).toMatchObject({ port: before.listen.port, publicHost: 'calm-otter.example.com' });
  expect(merged.log.level).toBe('debug');
  expect(before.log.level).toBe('info');
});

test('a live setting that is taken out of the file goes back to its default', async () => {
  const before = structuredClone(await settings());
  Object.assign(before.listen, { publicHost: 'old.example.com' });
  expect(mergeLive(before, await settings()).listen.publicHost).toBeUndefined();
});
