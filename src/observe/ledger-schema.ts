import type { DatabaseSync } from 'node:sqlite';

/** One row per call, counts and names only. Dollars are NULL where no price is known, so that sums never take it for zero. */
const schema = `
  CREATE TABLE IF NOT EXISTS calls (
    id TEXT NOT NULL, at INTEGER NOT NULL,
    key_id TEXT NOT NULL, key_name TEXT NOT NULL, client TEXT NOT NULL, format TEXT NOT NULL,
    model TEXT NOT NULL, target TEXT NOT NULL, model_id TEXT NOT NULL, region TEXT NOT NULL,
    outcome TEXT NOT NULL, code TEXT, stop_reason TEXT, upstream_request_id TEXT,
    first_event_ms REAL, duration_ms REAL NOT NULL, max_tokens INTEGER,
    input INTEGER, output INTEGER, cache_read INTEGER, cache_write INTEGER, cache_write_1h INTEGER,
    usd REAL, saved_usd REAL, changes TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS calls_at ON calls (at);
  DROP INDEX IF EXISTS calls_id; -- a random key in each row cost as much as the row; one call is looked up by a scan
`;

const version = 1;

/** Prepares a ledger file: WAL so that a reading command never holds up the proxy. Throws when a newer program made it. */
export function prepareLedger(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 250; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found > version) throw new Error(`The ledger has version ${found}; this program knows ${version}.`);
  database.exec(schema);
  database.exec(`PRAGMA user_version = ${version}`);
}

/** Takes the values in the order of the columns: names would cost as much as the insertion. */
export const insertCall = `INSERT INTO calls VALUES (${Array(25).fill('?').join(', ')})`;
