import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import { type Once, once } from '../base/once.ts';
import { type Audit, openAudit } from './audit.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { Log } from './log.ts';
import type { LogEvent } from './log-event.ts';
import type { Metrics } from './metrics.ts';
import type { Scrubber } from './scrub.ts';

/** One place to tell an event to; it reaches everything that keeps a record. */
export type Recorder = {
  /** Never throws. */
  write(event: LogEvent): void;
  /** Opened when the first call is over, or when somebody asks. Rejects when its file cannot be opened. */
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
  const ledger = once(() =>
    openLedger({
      file: folder === undefined || !options.ledger.enabled ? ':memory:' : ledgerFile(folder),
      clock,
      retentionDays: options.ledger.retentionDays,
      onError: failed('ledger'),
    }),
  );
  return {
    write(event) {
      log.write(event);
      metrics.count(event);
      audit?.write(event);
      options.recent?.write(event);
      if (event.type === 'call') ledger().then((book) => book.add(event.record), failed('ledger'));
    },
    ledger,
    async close() {
      metrics.close();
      try {
        audit?.close();
        if (ledger.started()) (await ledger()).close();
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
  try {
    return openAudit({ folder: auditFolder(folder), clock, scrubber, ...audit, onError });
  } catch (error) {
    onError(error);
    return undefined;
  }
}
