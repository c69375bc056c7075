import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * How a command shows a running proxy that it belongs to the same person, without a secret that lies on disk: it leaves
 * an empty file in the proxy's own state folder, whose name is the hash of a value that it then tells.
 */

const freshMs = 60_000;

const fileOf = (folder: string, proof: string): string =>
  join(folder, `proof-${createHash('sha256').update(proof).digest('hex')}`);

/** Leaves a proof, for one use; `take` removes it if nobody used it. Throws where the folder cannot be written. */
export function leaveProof(folder: string): { proof: string; take(): void } {
  const proof = randomBytes(32).toString('base64url');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(folder, proof), '', { mode: 0o600, flag: 'wx' });
  return { proof, take: () => rmSync(fileOf(folder, proof), { force: true }) };
}

/** Whether this proof was left here within the last minute, by a file and not a link. It holds once. `now` is wall time in milliseconds. */
export function checkProof(folder: string, proof: string, now: number): boolean {
  if (!/^[\w-]{43}$/.test(proof)) return false;
  const file = fileOf(folder, proof);
  try {
    const facts = lstatSync(file);
    rmSync(file);
    return facts.isFile() && facts.uid === (process.getuid?.() ?? facts.uid) && Math.abs(now - facts.mtimeMs) < freshMs;
  } catch {
    return false;
  }
}
