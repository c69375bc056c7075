import { createHash } from 'node:crypto';
import { isObject, parsedJson } from '../base/json.ts';

/** One credential store, by account name. */
export type RawStore = {
  get(account: string): Uint8Array | undefined;
  set(account: string, value: Uint8Array): void;
  delete(account: string): boolean;
};

type Header = { slot: 'a' | 'b'; parts: number; sha256: string };

const whole = 0x30; // '0': the value follows
const split = 0x31; // '1': a header follows, the value lies in parts

/**
 * Stores values longer than the platform takes (2,560 bytes on Windows) in parts, the header last, so that an
 * interrupted write leaves the old value whole. Two slots take turns: a rewrite never touches the parts in force, and
 * it overwrites what an interrupted write left behind. A value with a missing or foreign part counts as absent.
 */
export function inParts(store: RawStore, limit: number): RawStore {
  return {
    get(account) {
      const bytes = store.get(account);
      if (!bytes) return undefined;
      if (bytes[0] === whole) return bytes.subarray(1);
      const header = readHeader(bytes);
      return header && joinParts(store, account, header);
    },
    set(account, value) {
      const before = headerOf(store, account);
      if (value.length + 1 <= limit) {
        store.set(account, Buffer.concat([Buffer.from([whole]), value]));
        if (before) deleteParts(store, account, before.slot);
        return;
      }
      const slot = before?.slot === 'a' ? 'b' : 'a';
      const parts = Math.ceil(value.length / limit);
      for (let part = 0; part < parts; part++)
        store.set(partName(account, slot, part), value.subarray(part * limit, (part + 1) * limit));
      const header: Header = { slot, parts, sha256: digest(value) };
      store.set(account, Buffer.concat([Buffer.from([split]), Buffer.from(JSON.stringify(header))]));
      deleteParts(store, account, slot === 'a' ? 'b' : 'a');
      deleteParts(store, account, slot, parts);
    },
    delete(account) {
      const gone = store.delete(account);
      deleteParts(store, account, 'a');
      deleteParts(store, account, 'b');
      return gone;
    },
  };
}

const partName = (account: string, slot: 'a' | 'b', part: number): string => `${account}#${slot}${part}`;

const digest = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');

function headerOf(store: RawStore, account: string): Header | undefined {
  const bytes = store.get(account);
  return bytes && bytes[0] === split ? readHeader(bytes) : undefined;
}

function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes[0] !== split) return undefined;
  const header = parsedJson(Buffer.from(bytes.subarray(1)).toString('utf8'));
  if (!isObject(header)) return undefined;
  const { slot, parts, sha256 } = header;
  if ((slot !== 'a' && slot !== 'b') || typeof parts !== 'number' || typeof sha256 !== 'string') return undefined;
  return { slot, parts, sha256 };
}

function joinParts(store: RawStore, account: string, header: Header): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  for (let part = 0; part < header.parts; part++) {
    const piece = store.get(partName(account, header.slot, part));
    if (!piece) return undefined;
    pieces.push(piece);
  }
  const value = Buffer.concat(pieces);
  return digest(value) === header.sha256 ? value : undefined;
}

function deleteParts(store: RawStore, account: string, slot: 'a' | 'b', from = 0): void {
  for (let part = from; store.delete(partName(account, slot, part)); part++);
}
