import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../base/json.ts';
import type { Settings } from './schema.ts';

/** Settings, or whole tables, that a running server takes over; every other one is read once, at the start. */
export const liveSettings: readonly string[] = [
  'strict',
  'listen.hosts',
  'listen.publicHost',
  'listen.origins',
  'models',
  'media',
  'limits.bodyBytes',
  'limits.jsonDepth',
  'timeouts.body',
  'timeouts.hold',
  'timeouts.heartbeat',
  'log.level',
  'log.bodies',
  'reasoning',
];

/** What differs between two configurations: taken over at once, or only by the next start. Paths, e.g. `log.level`. */
export type SettingsChange = { live: string[]; restart: string[] };

/** Compares setting by setting. */
export function settingsChange(before: Settings, after: Settings): SettingsChange {
  const changed = pathsThatDiffer(before, after, '');
  const isLive = (path: string): boolean => liveSettings.some((live) => path === live || path.startsWith(`${live}.`));
  return { live: changed.filter(isLive), restart: changed.filter((path) => !isLive(path)) };
}

/** The settings to go on with: what is live from `after`, all else as it was at the start. */
export function mergeLive(before: Settings, after: Settings): Settings {
  const merged = structuredClone(before);
  for (const path of liveSettings) {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    const [from, into] = [tableAt(after, keys), tableAt(merged, keys)];
    if (from && into) into[last] = from[last];
  }
  return merged;
}

function pathsThatDiffer(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [path];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    pathsThatDiffer(before[name], after[name], path === '' ? name : `${path}.${name}`),
  );
}

function tableAt(tree: unknown, keys: readonly string[]): Record<string, unknown> | undefined {
  const value = keys.reduce<unknown>((table, key) => (isObject(table) ? table[key] : undefined), tree);
  return isObject(value) ? value : undefined;
}
