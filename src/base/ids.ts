import { randomUUID } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The hexadecimal digits of a version 4 UUID that are random in pairs: all but the version's and the variant's. */
const randomPairs = [0, 2, 4, 6, 9, 11, 16, 21, 24, 26, 28, 30, 32, 34] as const;

/**
 * A random id of `length` base-62 characters (5.95 bits each) behind `prefix`; not a secret, only unlikely to repeat.
 * Node keeps a store of UUIDs, which makes one a hundred times cheaper than asking for random bytes.
 */
export function newId(prefix: string, length = 24): string {
  let id = prefix;
  for (let left = length; left > 0; left -= randomPairs.length) {
    const uuid = randomUUID();
    for (const at of randomPairs.slice(0, left)) id += alphabet[Number.parseInt(uuid.slice(at, at + 2), 16) % 62];
  }
  return id;
}
