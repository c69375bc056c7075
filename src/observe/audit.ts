import { appendFileSync, closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { type ChainHead, chained, chainStart } from './audit-chain.ts';
import { auditEntry, repairEntry } from './audit-entry.ts';
import {
  archiveOf,
  auditFiles,
  currentName,
  makeFolder,
  notedHead,
  noteHead,
  readHead,
  sizeOf,
} from './audit-files.ts';
import type { LogEvent } from './log-event.ts';
import type { Scrubber } from './scrub.ts';
import { writeBehind } from './write-behind.ts';

/** The append-only record of who did what: JSON lines, each chained to the one before. */
export type Audit = {
  /** Takes an event; it is on disk within a second. Never throws. */
  write(event: LogEvent): void;
  /** Writes what is queued. Throws what the file system throws; the lines stay queued. */
  flush(): void;
  /** Flushes and stops; later events are dropped. */
  close(): void;
};

export type AuditOptions = {
  folder: string;
  clock: Clock;
  scrubber: Pick<Scrubber, 'scrub'>;
  /** A file beyond this is closed and a new one begun; default 16 MiB. */
  maxFileBytes?: number;
  /** All files together; the oldest goes first; default 1 GiB. */
  maxTotalBytes?: number;
  /** Default 365. */
  retentionDays?: number;
  onError?: (error: unknown) => void;
};

const dayMs = 86_400_000;
/** A flush takes milliseconds: whoever holds the lock longer is gone. */
const staleLockMs = 5_000;

/** The audit of a folder (made 0700 with the first line, its files 0600); it goes on where the chain there ends. */
export function openAudit(options: AuditOptions): Audit {
  const { folder, clock, scrubber, onError } = options;
  const maxFileBytes = options.maxFileBytes ?? 16 * 2 ** 20;
  const current = join(folder, currentName);
  let head: ChainHead = chainStart;
  let knownSize = -1;

  /** Another process may have written since: its last line is then ours to follow. */
  const catchUp = (queue: string[]) => {
    if (sizeOf(current) === knownSize) return;
    const found = readHead(folder);
    head = found.head ?? head;
    // What was taken from the end must stay a gap that the check finds: going on from what is left would heal it.
    const noted = notedHead(folder);
    if (noted && noted.seq > head.seq) head = noted;
    if (found.torn > 0) queue.unshift(JSON.stringify(repairEntry(found.torn, clock.now())));
  };
  const append = (queue: string[]) => {
    catchUp(queue);
    if (sizeOf(current) >= maxFileBytes) rotate(folder, head.seq);
    // One look over all lines finds them clean, as they nearly always are; else each is cleaned before it is hashed.
    const plain = linked(queue, head, (line) => line);
    const { text, last } = scrubber.scrub(plain.text) === plain.text ? plain : linked(queue, head, scrubber.scrub);
    appendFileSync(current, text, { mode: 0o600 });
    head = last;
    queue.length = 0;
    knownSize = sizeOf(current);
    noteHead(folder, head);
  };
  // As text an entry waits at less cost: the young generation would copy its objects twice before they are written.
  const behind = writeBehind<string>({
    clock,
    write(queue) {
      makeFolder(folder); // also when somebody has deleted it since
      locked(folder, () => append(queue));
      prune(folder, clock.now(), options);
    },
    onError,
  });
  return {
    write(event) {
      const entry = auditEntry(event, clock.now());
      if (entry) behind.add(JSON.stringify(entry));
    },
    flush: behind.flush,
    close: behind.close,
  };
}

function linked(entries: readonly string[], head: ChainHead, clean: (line: string) => string) {
  let text = '';
  let last = head;
  for (const entry of entries) {
    const link = chained(entry, last, clean);
    text += link.line;
    last = link.head;
  }
  return { text, last };
}

/** Runs `write` while no other process writes; throws `EEXIST` when one does. */
function locked(folder: string, write: () => void): void {
  const lock = join(folder, 'audit.lock');
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    if (!isStale(lock)) throw error;
  }
  try {
    write();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isStale(lock: string): boolean {
  const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined || Date.now() - made > staleLockMs;
}

function rotate(folder: string, lastSeq: number): void {
  renameSync(join(folder, currentName), join(folder, archiveOf(lastSeq)));
}

/** Deletes the oldest full files, by age and by all files' size. */
function prune(folder: string, now: number, { retentionDays = 365, maxTotalBytes = 2 ** 30 }: AuditOptions): void {
  const files = auditFiles(folder).slice(0, -1);
  let total = files.reduce((bytes, file) => bytes + sizeOf(file), 0);
  for (const file of files) {
    const age = now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age <= retentionDays * dayMs && total <= maxTotalBytes) break;
    total -= sizeOf(file);
    rmSync(file, { force: true });
  }
}
