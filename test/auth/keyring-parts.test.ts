import { expect, test } from 'vitest';
import { inParts, type RawStore } from '../../src/auth/keyring-parts.ts';

/** Stands in for Windows' credential manager, which cannot run here: refuses what is too long, and fails when told to. */
function smallStore(limit: number) {
  const entries = new Map<string, Uint8Array>();
  let callsLeft = Number.POSITIVE_INFINITY;
  const spend = () => {
    if (callsLeft-- <= 0) throw new Error('the power went');
  };
  const store: RawStore = {
    get: (account) => entries.get(account),
    set(account, value) {
      spend();
      if (value.length > limit) throw new Error(`longer than the platform limit of ${limit}`);
      entries.set(account, value);
    },
    delete(account) {
      spend();
      return entries.delete(account);
    },
  };
  return { store, entries, failAfter: (calls: number) => (callsLeft = calls), mend: () => (callsLeft = 1e9) };
}

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const long = (char: string, length: number) => Buffer.from(char.repeat(length));

test.each([0, 1, 2_559, 2_560, 2_561, 5_120, 5_121, 20_000])(
  'a value of %d bytes comes back from a 2,560-byte store',
  (size) => {
    const { store, entries } = smallStore(2_560);
    const parted = inParts(store, 2_560);
    parted.set('t', long('a', size));
    expect(text(parted.get('t'))).toBe('a'.repeat(size));
    expect(parted.delete('t')).toBe(true);
    expect(entries.size).toBe(0);
  },
);

test('a rewrite that dies at any step leaves the old value or the new one, and the next write leaves nothing behind', () => {
  const sizes = [10, 300, 1_000] as const;
  for (const before of sizes)
    for (const after of sizes)
      for (let step = 0; step < 40; step++) {
        const { store, entries, failAfter, mend } = smallStore(256);
        const parted = inParts(store, 256);
        parted.set('t', long('o', before));
        failAfter(step);
        try {
          parted.set('t', long('n', after));
        } catch {
          expect(['o'.repeat(before), 'n'.repeat(after)]).toContain(text(parted.get('t')));
        }
        mend();
        parted.set('t', long('z', 700));
        expect(text(parted.get('t'))).toBe('z'.repeat(700));
        expect(entries.size).toBe(4);
        parted.set('t', long('y', 700));
        expect(text(parted.get('t'))).toBe('y'.repeat(700));
        parted.delete('t');
        expect([...entries.keys()]).toEqual([]);
      }
});

test('a missing part, a foreign part and a damaged header each count as absent', () => {
  const { store, entries } = smallStore(256);
  const parted = inParts(store, 256);
  const fresh = () => parted.set('t', long('a', 700));
  fresh();
  entries.delete('t#a1');
  expect(parted.get('t')).toBeUndefined();
  parted.delete('t');
  fresh();
  entries.set('t#a1', long('b', 256));
  expect(parted.get('t')).toBeUndefined();
  entries.set('t', Buffer.from('1{"slot":'));
  expect(parted.get('t')).toBeUndefined();
});
