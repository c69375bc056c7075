import { once } from 'node:events';
import type { DestinationStream, Logger, pino } from 'pino';
import { type LogEvent, type LogLevel, type LogLine, lineOf } from './log-event.ts';
import type { Scrubber } from './scrub.ts';

export type Log = {
  /** Writes one event, if its level is wanted. Never throws. */
  write(event: LogEvent): void;
  /** Resolves when everything written so far has left the process. */
  flush(): Promise<void>;
  /** What is wanted from now on. */
  setLevel(level: LogLevel): void;
};

export type LogOptions = {
  level: LogLevel;
  /** A file is made 0600 and appended to. */
  destination: 'stderr' | { file: string };
  scrubber: Pick<Scrubber, 'scrub'>;
};

const ranks = { debug: 20, info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;

/** The log. Lines leave together, ten times a second, and at `flush`; a crash writes what is left. pino is loaded at the first line that is really written, so that start-up does not wait for it. */
export function createLog(options: LogOptions): Log {
  let { level } = options;
  let logger: Logger | undefined;
  let loading: Promise<void> | undefined;
  let queue: LogLine[] = [];

  const put = ({ level, fields, msg }: LogLine) => logger?.[level](fields, msg);
  const load = async () => {
    logger = await openPino({ ...options, level });
    for (const line of queue) put(line);
    queue = [];
  };
  return {
    write(event) {
      const line = lineOf(event);
      if (ranks[line.level] < ranks[level]) return;
      if (logger) return put(line);
      queue.push(line);
      loading ??= load();
    },
    async flush() {
      await loading;
      await new Promise<void>((resolve) => (logger ? logger.flush(() => resolve()) : resolve()));
    },
    setLevel(wanted) {
      level = wanted;
      if (logger) logger.level = wanted;
    },
  };
}

/** A write for each line costs more than making it. */
const together = { sync: false, minLength: 8_192, periodicFlush: 100 } as const;

async function openPino({ level, destination, scrubber }: LogOptions): Promise<Logger> {
  // pino is CommonJS: a bundler's chunk of it has a default export only.
  const { default: pino } = await import('pino');
  const stderr = () => pino.destination({ dest: 2, ...together });
  const target = destination === 'stderr' ? stderr() : await openFile(pino.destination, destination.file).catch(stderr);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: (text) => scrubber.scrub(text) },
    },
    target,
  );
}

/** Rejects when the file cannot be opened: a log that cannot be written there is written to stderr instead. */
async function openFile(destination: typeof pino.destination, file: string): Promise<DestinationStream> {
  const stream = destination({ dest: file, mode: 0o600, mkdir: true, ...together });
  await once(stream, 'ready');
  return stream;
}
