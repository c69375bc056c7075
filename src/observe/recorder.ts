import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import { type Once, once } from '../base/once.ts';
import { type Audit, openAudit } from './audit.ts';
import type { CallRecord } from './call-record.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { Log } from './log.ts';
import type { LogEvent } from './log-event.ts';
import type { Metrics } from './metrics.ts';
import type { Scrubber } from './scrub.ts';

/** One place to tell an event to; it reaches everything that keeps a record. */
export type Recorder = {
  /** Never throws. */
  write(event: LogEvent): void;
  /** Opened when the first call is over, or when somebody asks; in memory where its file cannot be used. Rejects while another program locks it. */
  ledger: Once<Ledger>;
  /** Brings everything to disk. Never rejects. */
  close(): Promise<void>;
};

export type RecorderOptions = {
  log: Log;
  metrics: Pick<Metrics, 'count' | 'close'>;
  /** What the dashboard shows as it happens. */
  recent?: { write(event: LogEvent): void };
  scrubber: Pick<Scrubber, 'scrub'>;
  clock: Clock;
  /** The state folder; without one nothing but the log is written to disk. */
  folder: string | undefined;
  audit: { enabled: boolean; retentionDays: number; maxTotalBytes: number };
  ledger: { enabled: boolean; retentionDays: number };
};

const mostUnbooked = 10_000;

/** Somebody else's lock (`SQLITE_BUSY`, `SQLITE_LOCKED`), or no file handle left: the next call may find it open. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error) return [5, 6].includes(Number(error.errcode) & 0xff);
  return 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/** The ledger's place in the state folder. */
export const ledgerFile = (folder: string): string => join(folder, 'ledger.db');
/** The audit's own folder there. */
export const auditFolder = (folder: string): string => join(folder, 'audit');

/** The one place that every event goes to: log, counters, audit, and of each call the ledger. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { log, metrics, clock, folder } = options;
  const failed = (where: string) => (error: unknown) => {
    const { code, facts } = toProxyError(error);
    log.write({ type: 'failure', where, code, detail: facts.detail });
  };
  const audit = openAuditOf(options, failed('audit'));
  const { retentionDays } = options.ledger;
  const openAt = (file: string) => openLedger({ file, clock, retentionDays, onError: failed('ledger') });
  const ledger = once(async () => {
    const file = folder === undefined || !options.ledger.enabled ? ':memory:' : ledgerFile(folder);
    try {
      return await openAt(file);
    } catch (error) {
      if (isPassing(error)) throw error;
      // A folder that cannot be written keeps nobody from answering, nor budgets from counting.
      failed('ledger')(error);
      return openAt(':memory:');
    }
  });
  /** Calls that were over while the ledger could not be opened. */
  const unbooked: CallRecord[] = [];
  const book = (record: CallRecord): void => {
    const open = ledger.now();
    if (open && unbooked.length === 0) {
      open.add(record);
      return;
    }
    unbooked.push(record);
    if (unbooked.length > mostUnbooked) unbooked.shift();
    ledger().then((opened) => {
      for (const waiting of unbooked.splice(0)) opened.add(waiting);
    }, failed('ledger'));
  };
  return {
    write(event) {
      log.write(event);
      metrics.count(event);
      audit?.write(event);
      options.recent?.write(event);
      if (event.type === 'call') book(event.record);
    },
    ledger,
    async close() {
      metrics.close();
      try {
        audit?.close();
        if (ledger.started() || unbooked.length > 0) {
          const opened = await ledger();
          for (const waiting of unbooked.splice(0)) opened.add(waiting);
          opened.close();
        }
      } catch (error) {
        failed('closing')(error);
      }
      await log.flush();
    },
  };
}

function openAuditOf(options: RecorderOptions, onError: (error: unknown) => void): Audit | undefined {
  const { folder, audit, clock, scrubber } = options;
  if (folder === undefined || !audit.enabled) return undefined;
  return openAudit({ folder: auditFolder(folder), clock, scrubber, ...audit, onError });
}
