import { randomUUID } from 'node:crypto';

/**
 * A random id of `length` hexadecimal digits (4 bits each) behind `prefix`; not a secret, only unlikely to repeat.
 * Node keeps a store of UUIDs, which makes one a hundred times cheaper than asking for random bytes.
 */
export function newId(prefix: string, length = 24): string {
  let digits = randomDigits();
  while (digits.length < length) digits += randomDigits();
  return prefix + digits.slice(0, length);
}

/** The 30 digits of a version 4 UUID that are random: all but the version's and the variant's. */
function randomDigits(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(15, 18) + uuid.slice(20, 23) + uuid.slice(24);
}
