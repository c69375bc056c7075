import type { DatabaseSync } from 'node:sqlite';
import type { Loaded } from '../config/load.ts';
import { isDamage, readLedger } from '../observe/ledger.ts';
import { ledgerFile } from '../observe/recorder.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';

/** What a command has that looks into the ledger. */
export type Book = { loaded: Loaded; database: DatabaseSync };

/** The ledger of this configuration. `badConfig`: the problems were told; `empty`: no call was recorded yet; `unreadable`: the file is not usable; both are told too. */
export async function openBook(output: Output): Promise<Book | 'badConfig' | 'empty' | 'unreadable'> {
  const loaded = await readSettings({}, output);
  if (!loaded) return 'badConfig';
  const file = ledgerFile(loaded.paths.state);
  try {
    const database = await readLedger(file);
    if (database) return { loaded, database };
  } catch (error) {
    output.fail({
      error: `the ledger cannot be read: ${file}`,
      cause: error instanceof Error ? error.message : String(error),
      fix: isDamage(error)
        ? 'claude-bedrock serve puts it aside and begins a new one at its next call'
        : `look at what is there: ls -la ${file}`,
    });
    return 'unreadable';
  }
  output.note('No call was recorded yet. The ledger begins with the first call to Bedrock; the demo keeps none.');
  return 'empty';
}

/** The last so many days of the local calendar, today among them: a day that is shown is shown whole. */
export function lastDays(days: number, now = Date.now()): { from: number; to: number } {
  const date = new Date(now);
  const from = new Date(date.getFullYear(), date.getMonth(), date.getDate() - days + 1).getTime();
  return { from: Number.isNaN(from) ? 0 : from, to: now + 1 };
}
