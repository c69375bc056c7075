import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A random id of `length` base-62 characters (5.95 bits each) behind `prefix`; not a secret, only unlikely to repeat. */
export function newId(prefix: string, length = 24): string {
  const bytes = randomFillSync(new Uint8Array(length));
  let id = prefix;
  for (const byte of bytes) id += alphabet[byte % 62];
  return id;
}
