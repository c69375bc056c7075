import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainHead, checkLink } from './audit-chain.ts';

/** The file that is being written; full ones are named by the number of their last line, so that names sort as lines do. */
export const currentName = 'audit.jsonl';
const archiveName = /^audit-\d{12}\.jsonl$/;

/** Where the writer notes the chain's end, so that lines taken from the end are missed too. */
const headName = 'audit.head';

/** Notes where the chain ends. */
export function noteHead(folder: string, { seq, hash }: ChainHead): void {
  writeFileSync(join(folder, headName), `${seq} ${hash}\n`, { mode: 0o600 });
}

/** Where the chain ended when it was last written; undefined where no such note can be read. */
export function notedHead(folder: string): ChainHead | undefined {
  const file = join(folder, headName);
  const [, seq, hash] = (existsSync(file) && /^(\d+) ([0-9a-f]{64})$/m.exec(readFileSync(file, 'utf8'))) || [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}

/** The name of a full file whose last line has that number. */
export function archiveOf(lastSeq: number): string {
  return `audit-${String(lastSeq).padStart(12, '0')}.jsonl`;
}

/** All audit files of a folder, oldest first. */
export function auditFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const archives = readdirSync(folder)
    .filter((name) => archiveName.test(name))
    .sort();
  const current = join(folder, currentName);
  return [...archives.map((name) => join(folder, name)), ...(existsSync(current) ? [current] : [])];
}

/** Makes the folder 0700. Throws what the file system throws. */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** The last whole line's place in the chain, found in the newest file that has one; a torn last line is cut off, its bytes told. */
export function readHead(folder: string): { head: ChainHead | undefined; torn: number } {
  let torn = 0;
  for (const file of auditFiles(folder).reverse()) {
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) {
      torn = Buffer.byteLength(text) - Buffer.byteLength(whole);
      truncateSync(file, Buffer.byteLength(whole));
    }
    const last = whole.trimEnd().split('\n').at(-1);
    if (!last) continue;
    const link = checkLink(last, undefined);
    if ('head' in link) return { head: link.head, torn };
  }
  return { head: undefined, torn };
}

/** A file's size in bytes; 0 when there is none. */
export function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
