import type { Clock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import type { Settings } from '../config/schema.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { createRecentCalls, type RecentCalls } from '../observe/recent-calls.ts';
import { createRecorder, type Recorder } from '../observe/recorder.ts';
import { createScrubber, type Scrubber } from '../observe/scrub.ts';
import type { Policies } from '../proxy/policies.ts';

/** How the log's lines look, and from when on there are any. */
export type LogLook = {
  /** Lines for people instead of JSON. */
  text?: boolean;
  /** The log is silent until this settles. */
  after?: Promise<unknown>;
};

export type RecordParts = {
  settings: Settings;
  apiKey: Secret;
  state: string | undefined;
  version: string;
  clock: Clock;
  asTyped: ((text: string) => string) | undefined;
  look: LogLook | undefined;
  /** Once they are open: the metrics tell what they remember. */
  policies: () => Policies | undefined;
};

/** Everything that is written down of calls and events. */
export type Records = {
  scrubber: Scrubber;
  metrics: Metrics;
  recent: RecentCalls;
  /** The lines alone. */
  log: Log;
  /** All of it: log, metrics, live page, and on disk the audit and the ledger. */
  recorder: Recorder;
};

/** Makes the records. Nothing is opened on disk before the first of them. */
export function createRecords(parts: RecordParts): Records {
  const { settings, apiKey, state, version, clock, asTyped, look, policies } = parts;
  const isDemo = settings.upstream === 'demo';
  const scrubber = createScrubber();
  scrubber.know(apiKey.reveal());
  const recent = createRecentCalls({ now: clock.now, asTyped });
  const metrics = createMetrics({
    version,
    openCalls: () => recent.open().length,
    cache: () => policies()?.cache.stats() ?? { entries: 0, bytes: 0, hits: 0, misses: 0, shared: 0 },
    reasoning: () => policies()?.reasoning.stats() ?? { turns: 0, bytes: 0 },
  });
  const log = createLog({
    level: settings.log.level,
    destination: 'stderr',
    scrubber,
    format: look?.text ? 'text' : 'json',
    priced: !isDemo,
    asTyped,
    ...(look?.after && { after: look.after }),
  });
  const recorder = createRecorder({
    recent,
    log,
    metrics,
    scrubber,
    clock,
    // What the simulator answered is nobody's usage.
    folder: isDemo ? undefined : state,
    audit: { ...settings.audit, maxTotalBytes: settings.audit.bytes },
    ledger: settings.ledger,
  });
  return { scrubber, metrics, recent, log, recorder };
}
