import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { signClientToken } from './client-token.ts';
import { changeIndex, type KeyEntry, readIndex } from './key-index.ts';
import { newKey, traceOf } from './key-material.ts';
import type { TakeLock } from './lock.ts';
import type { Vault } from './vault.ts';

type NewKey = {
  name: string;
  scope?: 'inference' | 'admin' | undefined;
  models?: readonly string[] | undefined;
  /** From now, in milliseconds; absent: never. */
  lifeMs?: number | undefined;
};

/** A key as lists show it. */
export type KeyFacts = Omit<KeyEntry, 'traces'> & { state: 'active' | 'expired'; graceEndsAt?: number | undefined };

/** The keys of this installation, as `claude-bedrock key` works on them. */
export type LocalKeys = {
  create(wish: NewKey): Promise<{ facts: KeyFacts; key: Secret }>;
  list(): Promise<KeyFacts[]>;
  /** The key again, from the vault. */
  show(name: string): Promise<Secret>;
  /** A new key under the same name; the old one counts for `graceMs` more. */
  rotate(name: string, graceMs: number): Promise<{ facts: KeyFacts; key: Secret }>;
  revoke(name: string): Promise<void>;
  /** A five-minute token in this key's name. */
  clientToken(name: string): Promise<Secret>;
};

export type LocalKeysOptions = { path: string; vault: Vault; takeLock: TakeLock; clock: Clock };

/**
 * The keys that this machine's tools send us. The secret lies in the vault, for the person alone; the index file holds
 * hashes, for the guard. Names are unique; `not_found` for one that does not exist.
 */
export function localKeys({ path, vault, takeLock, clock }: LocalKeysOptions): LocalKeys {
  const recordOf = (id: string): string => `key/${id}`;

  async function find(name: string): Promise<KeyEntry> {
    return named((await readIndex(path)).keys, name);
  }

  async function reveal(name: string): Promise<{ entry: KeyEntry; key: Secret }> {
    const entry = await find(name);
    const key = await vault.get(recordOf(entry.id), 'prompt');
    if (key !== undefined) return { entry, key: new Secret(key) };
    throw new ProxyError('not_found', `The vault does not hold the key "${name}": it was made with another vault.`, {
      fix: `claude-bedrock key rotate ${name}`,
    });
  }

  return {
    create: ({ name, scope = 'inference', models, lifeMs }) =>
      changeIndex(path, takeLock, async ({ keys }) => {
        if (!/^[\w.@-]{1,64}$/.test(name))
          throw new ProxyError('invalid_request', 'A key’s name is 1 to 64 letters, digits, ".", "_", "@" or "-".', {
            fix: 'claude-bedrock key create editor',
          });
        if (keys.some((other) => other.name === name))
          throw new ProxyError('invalid_request', `There is a key "${name}" already.`, {
            fix: `claude-bedrock key rotate ${name}`,
          });
        const key = newKey();
        const createdAt = clock.now();
        const expiresAt = lifeMs === undefined ? undefined : createdAt + lifeMs;
        const entry: KeyEntry = {
          id: newId('key_', 12),
          name,
          scope,
          models,
          createdAt,
          expiresAt,
          traces: [traceOf(key)],
        };
        await vault.set(recordOf(entry.id), key.reveal(), 'prompt');
        return { keys: [...keys, entry], result: { facts: factsOf(entry, createdAt), key } };
      }),
    async list() {
      const now = clock.now();
      return (await readIndex(path)).keys.map((entry) => factsOf(entry, now));
    },
    show: async (name) => (await reveal(name)).key,
    rotate: (name, graceMs) =>
      changeIndex(path, takeLock, async ({ keys }) => {
        const before = named(keys, name);
        const now = clock.now();
        const key = newKey();
        const old = before.traces
          .map((trace) => ({ ...trace, endsAt: Math.min(trace.endsAt ?? Number.POSITIVE_INFINITY, now + graceMs) }))
          .filter(({ endsAt }) => endsAt > now);
        const after: KeyEntry = { ...before, traces: [...old, traceOf(key)] };
        await vault.set(recordOf(before.id), key.reveal(), 'prompt');
        const result = { facts: factsOf(after, now), key };
        return { keys: keys.map((entry) => (entry === before ? after : entry)), result };
      }),
    async revoke(name) {
      const id = await changeIndex(path, takeLock, async ({ keys }) => {
        const entry = named(keys, name);
        return { keys: keys.filter((other) => other !== entry), result: entry.id };
      });
      // The key is void already; what is left in a vault that cannot be reached opens nothing.
      await vault.delete(recordOf(id), 'prompt');
    },
    async clientToken(name) {
      const { entry, key } = await reveal(name);
      return signClientToken(key, entry.id, (await readIndex(path)).instance, clock.now());
    },
  };
}

function named(keys: readonly KeyEntry[], name: string): KeyEntry {
  const entry = keys.find((key) => key.name === name);
  if (entry) return entry;
  throw new ProxyError('not_found', `There is no key "${name}".`, { fix: 'claude-bedrock key list' });
}

function factsOf({ traces, ...entry }: KeyEntry, now: number): KeyFacts {
  const graces = traces.flatMap(({ endsAt }) => (endsAt === undefined || endsAt <= now ? [] : [endsAt]));
  const expired = entry.expiresAt !== undefined && entry.expiresAt <= now;
  return {
    ...entry,
    state: expired ? 'expired' : 'active',
    graceEndsAt: graces.length === 0 ? undefined : Math.max(...graces),
  };
}
