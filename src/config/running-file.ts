import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../base/json.ts';

/** The proxy that runs on this state folder. */
export type RunningProxy = { pid: number; url: string };

const fileIn = (folder: string): string => join(folder, 'running.json');

/** Tells other commands where this process listens; the returned function takes it back. A folder that cannot be written is no reason not to serve. */
export function noteRunning(folder: string, running: RunningProxy): () => void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(fileIn(folder), JSON.stringify(running), { mode: 0o600 });
  } catch {
    return () => {};
  }
  return () => {
    if (readRunning(folder)?.pid === running.pid) rmSync(fileIn(folder), { force: true });
  };
}

/** The proxy that was noted last, if its process still lives. */
export function readRunning(folder: string): RunningProxy | undefined {
  try {
    const noted: unknown = JSON.parse(readFileSync(fileIn(folder), 'utf8'));
    if (!isObject(noted) || typeof noted['pid'] !== 'number' || typeof noted['url'] !== 'string') return undefined;
    process.kill(noted['pid'], 0);
    return { pid: noted['pid'], url: noted['url'] };
  } catch {
    return undefined;
  }
}
