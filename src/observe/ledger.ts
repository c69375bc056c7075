import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import type { CallRecord } from './call-record.ts';
import { insertCall, prepareLedger } from './ledger-schema.ts';
import { writeBehind } from './write-behind.ts';

/** The record of what was used and what it cost; it never holds content. */
export type Ledger = {
  /** Takes a call's record; it is on disk within a second. Never throws. */
  add(record: CallRecord): void;
  /** Writes what is queued. Throws what SQLite throws. */
  flush(): void;
  /** The database, flushed, for the questions of `usage`, `quota` and `explain`. */
  database(): DatabaseSync;
  /** Flushes and closes; later records are dropped. */
  close(): void;
};

export type LedgerOptions = {
  file: string;
  clock: Clock;
  /** Default 92. */
  retentionDays?: number;
  onError?: (error: unknown) => void;
};

const dayMs = 86_400_000;
/** A ledger in memory, about half a kilobyte a row, does not grow with the days. */
const mostRowsInMemory = 20_000;

/** Opens or makes a ledger, 0600 in a folder of 0700; `:memory:` for none on disk, which keeps the newest 20,000 calls. Throws when the file is no ledger of ours. */
export async function openLedger({ file, clock, retentionDays = 92, onError }: LedgerOptions): Promise<Ledger> {
  const { DatabaseSync } = await import('node:sqlite');
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  }
  const database = new DatabaseSync(file);
  prepareLedger(database);
  const insert = database.prepare(insertCall);
  const forget = database.prepare('DELETE FROM calls WHERE at < $before');
  const thin = database.prepare('DELETE FROM calls WHERE rowid <= (SELECT max(rowid) FROM calls) - ?');
  let forgotAt = Number.NEGATIVE_INFINITY;

  const forgetOld = () => {
    if (clock.monotonic() - forgotAt < dayMs) return;
    forgotAt = clock.monotonic();
    forget.run({ $before: clock.now() - retentionDays * dayMs });
  };
  /** A record that the table will never take must not keep those behind it from the disk. */
  const insertOne = (record: CallRecord) => {
    try {
      insert.run(...rowOf(record));
    } catch (error) {
      if (!isRecordsFault(error)) throw error;
      onError?.(error);
    }
  };
  const insertAll = (records: CallRecord[]) => {
    forgetOld();
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const record of records) insertOne(record);
      if (file === ':memory:') thin.run(mostRowsInMemory);
      database.exec('COMMIT');
      records.length = 0;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  const behind = writeBehind<CallRecord>({ clock, write: insertAll, onError });
  const flush = () => {
    forgetOld();
    behind.flush();
  };
  return {
    add: behind.add,
    flush,
    database() {
      flush();
      return database;
    },
    close() {
      if (!database.isOpen) return;
      try {
        behind.close();
        forgetOld();
      } finally {
        database.close();
      }
    },
  };
}

/** A ledger for reading, beside a proxy that may be writing it; undefined where there is none yet. */
export async function readLedger(file: string): Promise<DatabaseSync | undefined> {
  if (!existsSync(file)) return undefined;
  const { DatabaseSync } = await import('node:sqlite');
  return new DatabaseSync(file, { readOnly: true });
}

/** `SQLITE_CONSTRAINT_NOTNULL`, `…_DATATYPE`, `SQLITE_MISMATCH`, or a value that cannot be bound. */
function isRecordsFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error) return [1299, 3091, 20].includes(Number(error.errcode));
  return 'code' in error && String(error.code).startsWith('ERR_');
}

/** In the order of the columns. */
function rowOf(record: CallRecord): SQLInputValue[] {
  const { usage, cost, principal, error } = record;
  const hour = usage?.cacheDetails?.reduce((sum, { ttl, inputTokens }) => sum + (ttl === '1h' ? inputTokens : 0), 0);
  return [
    ...[record.id, Math.round(record.at)],
    ...[principal.id, principal.name, record.client.name, record.format],
    ...[record.model, record.target, record.modelId, record.region],
    ...[record.outcome, error?.code ?? null, record.stopReason ?? null, record.upstreamRequestId ?? null],
    ...[record.firstEventMs ?? null, record.durationMs, record.maxTokens ?? null],
    ...[usage?.inputTokens ?? null, usage?.outputTokens ?? null],
    ...[usage?.cacheReadInputTokens ?? null, usage?.cacheWriteInputTokens ?? null, hour ?? null],
    ...[cost?.usd ?? null, cost?.savedUsd ?? null],
    record.changes.length === 0 ? '[]' : JSON.stringify(record.changes),
  ];
}
