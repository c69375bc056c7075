import { type SettingsChange, settingsChange } from './live-settings.ts';
import type { LoadResult, Problem } from './load.ts';
import type { Settings } from './schema.ts';
import { watchText } from './watch-file.ts';

export type ReloadOptions = {
  configFile: string;
  /** What the server runs with now. */
  settings: Settings;
  /** Reads the configuration again, with the flags of the start. */
  load(): Promise<LoadResult>;
  onChange(settings: Settings, change: SettingsChange): void;
  /** The file cannot be used; the old settings stay. Called once per text of the file. */
  onInvalid(problems: readonly Problem[]): void;
  everyMs?: number;
};

/** Reads the configuration anew whenever its file's text changes; returns the way to stop. */
export function followSettings({
  configFile,
  settings,
  load,
  onChange,
  onInvalid,
  everyMs,
}: ReloadOptions): () => void {
  let current = settings;
  // One after the other: the last text of the file must win.
  let turn: Promise<void> = Promise.resolve();
  const reload = async (): Promise<void> => {
    const result = await load();
    if (!result.ok) return onInvalid(result.problems);
    const wanted = result.loaded.settings;
    const { live, restart } = settingsChange(current, wanted);
    // What went back to how it was at the start needs no restart any more.
    const sinceStart = new Set(settingsChange(settings, wanted).restart);
    current = wanted;
    const change = { live, restart: restart.filter((path) => sinceStart.has(path)) };
    if (change.live.length + change.restart.length > 0) onChange(current, change);
  };
  const unreadable = (error: unknown): void =>
    onInvalid([
      { where: configFile, what: error instanceof Error ? error.message : String(error), right: 'see docs/config.md' },
    ]);
  return watchText(configFile, () => (turn = turn.then(reload).catch(unreadable)), everyMs);
}
