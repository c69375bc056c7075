import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
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

/** While answers are being given, a lock of somebody else's is not waited for: the queue is there the next time. */
const patienceMs = 50;

type Book = {
  database: DatabaseSync;
  insert: StatementSync;
  forget: StatementSync;
  thin: StatementSync;
  inode: number;
};

/**
 * Opens or makes a ledger, 0600 in a folder of 0700; `:memory:` for none on disk, which keeps the newest 20,000 calls. A
 * damaged file is put aside and told of; one that goes away while it is open is made anew. Throws when the file cannot
 * be used, or a newer program made it.
 */
export async function openLedger({ file, clock, retentionDays = 92, onError }: LedgerOptions): Promise<Ledger> {
  const { DatabaseSync } = await import('node:sqlite');
  const openFile = (): DatabaseSync => {
    if (file !== ':memory:') {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      closeSync(openSync(file, 'a', 0o600));
    }
    const database = new DatabaseSync(file);
    try {
      prepareLedger(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  };
  const openBook = (): Book => {
    let database: DatabaseSync;
    try {
      database = openFile();
    } catch (error) {
      if (!isDamage(error)) throw error;
      onError?.(error);
      putAside(file, clock.now());
      database = openFile();
    }
    database.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    const forget = database.prepare('DELETE FROM calls WHERE at < $before');
    const thin = database.prepare('DELETE FROM calls WHERE rowid <= (SELECT max(rowid) FROM calls) - ?');
    return { database, insert: database.prepare(insertCall), forget, thin, inode: inodeOf(file) };
  };
  let book = openBook();
  let forgotAt = Number.NEGATIVE_INFINITY;

  /** What is written to a file that was deleted or replaced is lost. */
  const followFile = () => {
    if (file === ':memory:' || inodeOf(file) === book.inode) return;
    const fresh = openBook();
    book.database.close();
    book = fresh;
  };

  const forgetOld = () => {
    if (clock.monotonic() - forgotAt < dayMs) return;
    forgotAt = clock.monotonic();
    book.forget.run({ $before: clock.now() - retentionDays * dayMs });
  };
  /** A record that the table will never take must not keep those behind it from the disk. */
  const insertOne = (record: CallRecord) => {
    try {
      book.insert.run(...rowOf(record));
    } catch (error) {
      if (!isRecordsFault(error)) throw error;
      onError?.(error);
    }
  };
  const insertAll = (records: CallRecord[]) => {
    followFile();
    forgetOld();
    const { database } = book;
    try {
      database.exec('BEGIN IMMEDIATE');
      for (const record of records) insertOne(record);
      if (file === ':memory:') book.thin.run(mostRowsInMemory);
      database.exec('COMMIT');
      records.length = 0;
    } catch (error) {
      // A full disk ends the transaction by itself; its own error is the one to tell.
      if (database.isTransaction) database.exec('ROLLBACK');
      if (file !== ':memory:' && isDamage(error)) putAside(file, clock.now());
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
      return book.database;
    },
    close() {
      if (!book.database.isOpen) return;
      try {
        // The last chance to write: now a lock is worth waiting for.
        book.database.exec('PRAGMA busy_timeout = 2000');
        behind.close();
        forgetOld();
      } finally {
        book.database.close();
      }
    },
  };
}

/** A ledger for reading, beside a proxy that may be writing it; undefined where there is none yet. Throws what SQLite throws. */
export async function readLedger(file: string): Promise<DatabaseSync | undefined> {
  if (!existsSync(file)) return undefined;
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { readOnly: true });
  // A file that is no database shows it only when it is read.
  database.prepare('SELECT count(*) FROM sqlite_schema').get();
  return database;
}

function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
}

/** `SQLITE_CORRUPT`, `SQLITE_NOTADB`. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && [11, 26].includes(Number(error.errcode) & 0xff);
}

/** Keeps a damaged ledger beside the new one: a person may still save something of it. */
function putAside(file: string, now: number): void {
  renameSync(file, `${file}.damaged-${now}`);
  for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true });
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
