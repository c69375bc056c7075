import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../base/clock.ts';
import { foreignEnv } from '../base/foreign-env.ts';
import type { TunnelProgram } from './tunnel-programs.ts';

/** What the person hears of a tunnel while it runs. */
export type TunnelEvent =
  | { type: 'up'; url: string }
  /** It said why it cannot work; it may still recover. */
  | { type: 'problem'; problem: string; fix?: string | undefined }
  /** The program ended and is started again after `againInMs`. */
  | { type: 'down'; why: string; againInMs: number };

/** A tunnel program that runs. */
export type Tunnel = {
  /** Ends the program, within five seconds. */
  stop(): Promise<void>;
};

export type TunnelOptions = {
  program: TunnelProgram;
  /** Where the program is. */
  path: string;
  port: number;
  clock: Pick<Clock, 'monotonic'>;
  onEvent(event: TunnelEvent): void;
  /** Wait before the first new start, in milliseconds; it doubles up to a minute. */
  firstPauseMs?: number;
};

const longestPauseMs = 60_000;
/** One that ran for so long had worked: the next start waits no longer than the first. */
const healthyMs = 60_000;
const killAfterMs = 5_000;

/** Runs a tunnel program, hears its public name, and starts it again when it ends by itself. */
export function startTunnel(options: TunnelOptions): Tunnel {
  const { program, path, port, clock, onEvent, firstPauseMs = 1_000 } = options;
  let pause = firstPauseMs;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const start = (): void => {
    const startedAt = clock.monotonic();
    let url: string | undefined;
    let lastWords = '';
    const up = (given: string): void => {
      if (given === url || stopped) return;
      url = given;
      onEvent({ type: 'up', url });
    };
    const hear = (line: string): void => {
      if (line.trim() !== '') lastWords = line.trim().slice(0, 300);
      const word = program.read(line);
      if (word === undefined) return;
      if ('url' in word) up(word.url);
      else onEvent({ type: 'problem', ...word });
    };
    child = spawn(path, program.args(port), {
      env: foreignEnv(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear);
    const stopAsking = askUntilUp(program, port, up);
    const ended = (why: string): void => {
      stopAsking();
      child = undefined;
      if (stopped) return;
      if (clock.monotonic() - startedAt > healthyMs) pause = firstPauseMs;
      onEvent({ type: 'down', why, againInMs: pause });
      timer = setTimeout(start, pause);
      pause = Math.min(pause * 2, longestPauseMs);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(reasonOf(program.name, code, signal, lastWords)));
  };
  start();

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return child ? ending(child) : Promise.resolve();
    },
  };
}

function reasonOf(name: string, code: number | null, signal: string | null, lastWords: string): string {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return `${name} ended with ${how}${lastWords === '' ? '' : `: ${lastWords}`}`;
}

function askUntilUp({ ask }: TunnelProgram, port: number, up: (url: string) => void): () => void {
  if (!ask) return () => {};
  const timer = setInterval(async () => {
    const url = await ask(port);
    if (url !== undefined) {
      clearInterval(timer);
      up(url);
    }
  }, 2_000);
  timer.unref();
  return () => clearInterval(timer);
}

function ending(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
