import { openSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger, pino } from 'pino';
import { humanLine } from './human-line.ts';
import { type LogEvent, type LogLevel, type LogLine, lineOf } from './log-event.ts';
import type { Scrubber } from './scrub.ts';

/** The log: one line for each event that is loud enough. */
export type Log = {
  /** Writes one event, if its level is wanted. Never throws. */
  write(event: LogEvent): void;
  /** Resolves when everything written so far has left the process; where nobody takes it for a second, the log is over. */
  flush(): Promise<void>;
  /** What is wanted from now on. */
  setLevel(level: LogLevel): void;
};

export type LogOptions = {
  level: LogLevel;
  /** A file is made 0600 and appended to. */
  destination: 'stderr' | { file: string };
  scrubber: Pick<Scrubber, 'scrub'>;
  /** `text`: one line for people, on stderr. Default `json`. */
  format?: 'json' | 'text';
  /** Whether calls cost money; default true. */
  priced?: boolean;
  /** For lines for people: turns the commands in our words into those that work for this person. */
  asTyped?: ((text: string) => string) | undefined;
  /** Nothing is written before this settles: what a command says first stays in one piece. */
  after?: Promise<unknown>;
};

const ranks = { debug: 20, info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;

/** The log. JSON lines leave together, ten times a second, and at `flush`; a crash writes what is left. pino is loaded at the first line that is really written, so that start-up does not wait for it. */
export function createLog(options: LogOptions): Log {
  let { level } = options;
  let sink: Sink | undefined;
  let loading: Promise<void> | undefined;
  let queue: Line[] = [];

  const load = async () => {
    await options.after;
    sink = await (options.format === 'text' ? openText(options) : openJson(options));
    for (const line of queue) sink.put(line);
    queue = [];
  };
  /** Without a file handle left pino cannot be loaded; the next line tries again, and nobody waits for it. */
  const loadSoon = (): Promise<void> =>
    (loading ??= load().catch(() => {
      loading = undefined;
    }));
  return {
    write(event) {
      const line = { ...lineOf(event), event, at: new Date() };
      if (ranks[line.level] < ranks[level]) return;
      if (sink) return sink.put(line);
      queue.push(line);
      if (queue.length > mostQueued) queue.shift();
      void loadSoon();
    },
    async flush() {
      if (queue.length > 0) await loadSoon();
      await loading;
      await sink?.flush();
    },
    setLevel(wanted) {
      level = wanted;
    },
  };
}

/** What waits for the log to be opened must not fill the memory. */
const mostQueued = 1_000;

type Line = LogLine & { event: LogEvent; at: Date };
type Sink = { put(line: Line): void; flush(): Promise<void> };

async function openJson(options: LogOptions): Promise<Sink> {
  let left = false;
  const { logger, target } = await openPino(options, () => !left);
  let waiting = false;
  const flushSoon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      if (!left) logger.flush();
    }, togetherMs).unref();
  };
  return {
    put({ level, fields, msg }) {
      if (left) return;
      logger[level](fields, msg);
      flushSoon();
    },
    flush: () =>
      new Promise((resolve) => {
        if (left) return resolve();
        const settle = (failed: unknown): void => {
          clearTimeout(patience);
          left = Boolean(failed);
          // What it still holds, it would go on trying to write, after the process was told to exit too.
          if (left) target.destroy();
          resolve();
        };
        const patience = setTimeout(settle, patienceMs, 'nobody reads');
        logger.flush(settle);
      }),
  };
}

/** stderr may be a pipe that nobody reads any more; a log line is not worth the process. */
async function openText({ scrubber, priced, asTyped = (text) => text }: LogOptions): Promise<Sink> {
  return {
    put({ event, at }) {
      const text = humanLine(event, at, priced);
      if (text === undefined) return;
      try {
        writeSync(2, `${scrubber.scrub(asTyped(text))}\n`);
      } catch {
        // EAGAIN or EPIPE.
      }
    },
    flush: async () => undefined,
  };
}

/**
 * A write for each line costs more than making it. pino's own `periodicFlush` would write also when there is nothing to.
 * Behind a pipe whose reader hangs, or on a full disk, lines wait up to `maxLength` bytes and are lost beyond it.
 */
const together = { sync: false, minLength: 8_192, maxLength: 4 * 1024 * 1024 } as const;
const togetherMs = 100;

/** How long the end of the process waits for a pipe's reader. */
const patienceMs = 1_000;

/** `again`: whether a pipe that is full is asked once more. */
async function openPino({ destination, scrubber }: LogOptions, again: () => boolean) {
  // pino is CommonJS: a bundler's chunk of it has a default export only.
  const { default: pino } = await import('pino');
  const stderr = () => pino.destination({ dest: 2, ...together, retryEAGAIN: again });
  const target = destination === 'stderr' ? stderr() : await openFile(pino.destination, destination.file).catch(stderr);
  // What could not be written is tried again with the next lines; without a listener it would be the end of the process.
  target.on('error', () => {});
  const logger: Logger = pino(
    {
      // What is wanted was decided before.
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (text) => scrubber.scrub(text) },
    },
    target,
  );
  return { logger, target };
}

/**
 * Rejects when the file cannot be opened: a log that cannot be written there is written to stderr instead. Opened here,
 * because a stream that failed to would go on flushing into nowhere, and that throws.
 */
async function openFile(
  destination: typeof pino.destination,
  file: string,
): Promise<ReturnType<typeof pino.destination>> {
  await mkdir(dirname(file), { recursive: true });
  return destination({ dest: openSync(file, 'a', 0o600), ...together });
}
