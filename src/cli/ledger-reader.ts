import type { DatabaseSync } from 'node:sqlite';
import type { Loaded } from '../config/load.ts';
import { readLedger } from '../observe/ledger.ts';
import { ledgerFile } from '../observe/recorder.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';

/** What a command has that looks into the ledger. */
export type Book = { loaded: Loaded; database: DatabaseSync };

/** The ledger of this configuration. `badConfig`: the problems were told; `empty`: no call was recorded yet, which is told too. */
export async function openBook(output: Output): Promise<Book | 'badConfig' | 'empty'> {
  const loaded = await readSettings({}, output);
  if (!loaded) return 'badConfig';
  const database = await readLedger(ledgerFile(loaded.paths.state));
  if (database) return { loaded, database };
  output.note('No call was recorded yet. The ledger begins with the first call to Bedrock; the demo keeps none.');
  return 'empty';
}

const dayMs = 86_400_000;

/** The last so many days, up to now. */
export function lastDays(days: number, now = Date.now()): { from: number; to: number } {
  return { from: now - days * dayMs, to: now + 1 };
}
