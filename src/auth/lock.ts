import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';

/** Gives the lock back; safe to call twice. */
export type Release = () => void;

/**
 * Takes the lock `name`, or throws after `deadlineMs`: `upstream_unavailable` with a time to try again, because going on
 * without the lock would spend a token twice.
 */
export type TakeLock = (name: string, deadlineMs?: number) => Promise<Release>;

const defaultDeadlineMs = 30_000;

/**
 * Locks between processes that die with their holder, in `dir`: SQLite's write lock on an empty database file
 * (`BEGIN IMMEDIATE`), which the operating system drops when the process ends. Lock files with a time stamp, the usual
 * way, are waited for 11 s after a SIGKILL and are stolen from a holder that slept.
 */
export function locksIn(dir: string, clock: Clock): TakeLock {
  return async (name, deadlineMs = defaultDeadlineMs) => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const giveUpAt = clock.monotonic() + deadlineMs;
    const path = join(dir, `${name.replaceAll(/[^\w.-]/g, '_')}.lock`);
    for (let wait = 5; ; wait = Math.min(wait * 1.5, 50)) {
      const release = tryLock(path);
      if (release) return release;
      if (clock.monotonic() >= giveUpAt) throw busy(deadlineMs);
      // Jitter, so that a crowd that was woken together does not stay in step.
      await clock.sleep(wait * (0.5 + Math.random()));
    }
  };
}

function tryLock(path: string): Release | undefined {
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN IMMEDIATE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return () => {
    if (database.isOpen) database.close();
  };
}

/**
 * SQLite would make the file readable to all. Only a new file is ever opened and closed here: closing one drops every
 * lock that this process holds on it (POSIX, fcntl).
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if (!isObject(error) || error['code'] !== 'EEXIST') throw error;
  }
}

/** SQLITE_BUSY, or one of its extended codes. */
function isBusy(error: unknown): boolean {
  return isObject(error) && typeof error['errcode'] === 'number' && (error['errcode'] & 0xff) === 5;
}

function busy(deadlineMs: number): ProxyError {
  return new ProxyError('upstream_unavailable', 'Another claude-bedrock is changing the sign-in or the keys.', {
    retryAfterMs: 2_000,
    retry: 'backoff',
    fix: 'claude-bedrock auth status',
    detail: `lock not free after ${deadlineMs} ms`,
  });
}
