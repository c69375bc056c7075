import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../src/main.ts');

/** A folder with `claude-bedrock` in it: the commands that are told then begin with its name alone. */
export const installed = join(import.meta.dirname, 'bin');

export type Run = { child: ChildProcess; stdout(): string; stderr(): string; exited: Promise<number | null> };

/** The program as a process of its own, with nothing of this environment but what is given. */
export function runCli(args: readonly string[], env: Record<string, string>, cwd?: string): Run {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH: `${installed}:${process.env['PATH'] ?? ''}`,
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      CLAUDE_BEDROCK_UPSTREAM: 'demo',
      NO_COLOR: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}

/** Runs it to its end. */
export async function done(args: readonly string[], env: Record<string, string>, cwd?: string) {
  const run = runCli(args, env, cwd);
  const code = await run.exited;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}

export async function until<T>(read: () => T | undefined | false, what: () => string, ms = 30_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = read();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
