import { appendFileSync, chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export type BodyFileOptions = {
  file: string;
  /** What was written before this moment (wall milliseconds) is another hour's, and removed. */
  since: number;
  /** The last guard before the disk. */
  scrub: (line: string) => string;
  mostBytes?: number;
};

/** Appends lines of JSON to a file of its owner's alone; a full file takes no more. Both throw node's error. */
export function openBodyFile({ file, since, scrub, mostBytes = 64 * 1024 * 1024 }: BodyFileOptions): {
  add(line: object): void;
} {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const before = statSync(file, { throwIfNoEntry: false });
  if (before && before.mtimeMs < since) rmSync(file);
  appendFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  let { size } = statSync(file);
  return {
    add(value) {
      const line = `${scrub(JSON.stringify(value))}\n`;
      size += Buffer.byteLength(line);
      if (size <= mostBytes) appendFileSync(file, line);
    },
  };
}
