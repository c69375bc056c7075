import { hash } from 'node:crypto';

/** Where a chain stands: the number and the hash of its last line. */
export type ChainHead = { seq: number; hash: string };

/** Before the first line of all. */
export const chainStart: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/**
 * Makes an entry, an object's JSON text, the next line of a chain: its number, its predecessor's hash, and a hash over
 * all of it. `clean` sees the finished text, so that what is hashed is what is written.
 */
export function chained(
  entry: string,
  head: ChainHead,
  clean: (text: string) => string,
): { line: string; head: ChainHead } {
  const seq = head.seq + 1;
  const body = clean(`{"seq":${seq},${entry.slice(1, -1)},"prev":"${head.hash}"}`);
  const digest = hash('sha256', body);
  return { line: `${body.slice(0, -1)},"hash":"${digest}"}\n`, head: { seq, hash: digest } };
}

/** What is wrong with a line's place in the chain. */
export type LinkFault = 'changed' | 'missing' | 'reordered' | 'unreadable';

/** What `chained` puts behind the body. */
const hashLength = ',"hash":""}'.length + 64;
const tail = /,"hash":"([0-9a-f]{64})"\}$/;
const place = /^\{"seq":(\d+),.*"prev":"([0-9a-f]{64})"\}$/s;

/** Checks that `line` (without its line break) follows `head`; undefined `head` accepts any beginning. */
export function checkLink(line: string, head: ChainHead | undefined): { head: ChainHead } | { fault: LinkFault } {
  const digest = tail.exec(line)?.[1];
  if (digest === undefined) return { fault: 'unreadable' };
  const body = `${line.slice(0, line.length - hashLength)}}`;
  if (hash('sha256', body) !== digest) return { fault: 'changed' };
  const [, seqText, prev] = place.exec(body) ?? [];
  if (seqText === undefined) return { fault: 'unreadable' };
  const seq = Number(seqText);
  if (head && seq <= head.seq) return { fault: 'reordered' };
  if (head && (seq > head.seq + 1 || prev !== head.hash)) return { fault: seq > head.seq + 1 ? 'missing' : 'changed' };
  return { head: { seq, hash: digest } };
}
