import { orAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { ProxyError, toProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import { type AccessToken, reveal } from './access-token.ts';
import type { Release, TakeLock } from './lock.ts';
import { ageOf, type HeldToken, hold } from './token-clock.ts';
import { type Ended, type RefreshBucket, recordOf, type TokenPair, type TokenRecord } from './token-record.ts';
import { newerOf, type RefreshEnd, refreshOnce, type TokenGrant } from './token-refresh.ts';
import { tokenStore } from './token-store.ts';
import { notNow, signedOut } from './token-troubles.ts';
import { unsavedPair } from './unsaved-pair.ts';
import type { Patience, Vault } from './vault.ts';

/** How the token stands, without the token; moments in wall milliseconds. */
export type TokenStatus =
  | { state: 'signed-out' }
  | { state: 'ended'; reason: Ended['reason']; at: number }
  | {
      state: 'signed-in';
      expiresAt: number;
      refreshExpiresAt?: number | undefined;
      renewable: boolean;
      generation: number;
    };

/** One sign-in's tokens. Its calls throw `sign_in_needed` when only a new sign-in helps, `upstream_unavailable` when waiting does, and what the vault throws. */
export type RotatingToken = {
  /** A token that is good now. `signal` ends the waiting only: a refresh once begun is never cancelled. */
  get(signal?: AbortSignal): Promise<AccessToken>;
  /** The upstream refused this generation: one refresh for all who say so, or a sibling's newer token. */
  refused(generation: number, signal?: AbortSignal): Promise<AccessToken>;
  /** Refreshes now, whatever the age: `auth refresh`. */
  renew(patience?: Patience): Promise<AccessToken>;
  /** Keeps what a login brought. */
  save(pair: TokenPair, patience?: Patience): Promise<AccessToken>;
  /** Revokes at the server, deletes, and reads back that it is gone. */
  signOut(patience?: Patience): Promise<{ revoked: boolean }>;
  status(patience?: Patience): Promise<TokenStatus>;
  /** Throws when a new pair could not be stored yet: ending now would lose the sign-in. */
  close(): Promise<void>;
};

export type RotatingTokenOptions = {
  /** The record's name in the vault and of the lock. */
  name: string;
  /** As the person knows it: `Your sign-in to https://login.example.com`. */
  what: string;
  /** The command that signs in again. */
  fix: string;
  vault: Vault;
  takeLock: TakeLock;
  grant: TokenGrant;
  clock: Clock;
  random?: () => number;
  /** What came of an attempt, and how long it took from the moment somebody needed it. */
  onRefresh?: (bucket: RefreshBucket, durationMs: number) => void;
};

/** Memory is compared with the store this often, beside a request and never before it: a login elsewhere is noticed. */
const recheckMs = 30_000;

/**
 * A pair of tokens that rotates on every use and survives what goes wrong on the way (RFC 9700, section 4.14.2: with
 * rotation one double use by the client is a sign-out by design). One refresh at a time in the process and, by the
 * lock, between processes; the store is proven writable before the token is spent; the new pair is stored before
 * anything else happens to it; nothing but a sign-out deletes.
 */
export function rotatingToken(options: RotatingTokenOptions): RotatingToken {
  const { name, vault, takeLock, grant, clock, random = Math.random, onRefresh = () => {} } = options;
  const store = tokenStore(vault, name);
  const unsaved = unsavedPair(store, clock);
  const tell = (bucket: RefreshBucket) => onRefresh(bucket, clock.monotonic() - beganAt);
  const parts = { store, unsaved, lock, grant, clock, onRefresh: tell };
  let beganAt = clock.monotonic();
  let held: HeldToken | undefined;
  let flight: Promise<HeldToken> | undefined;
  let looking: Promise<void> | undefined;
  let failures = 0;
  let quietUntil = Number.NEGATIVE_INFINITY;

  async function lock(): Promise<Release> {
    try {
      return await takeLock(name);
    } catch (error) {
      tell('lock_timeout');
      throw error;
    }
  }

  function adopt(record: TokenRecord): HeldToken {
    held = hold(record, clock, random());
    return held;
  }

  /** One refresh for all callers of this process. */
  function refresh(isEnough: (record: TokenRecord) => boolean, patience: Patience): Promise<HeldToken> {
    if (!flight) beganAt = clock.monotonic();
    flight ??= refreshOnce(parts, isEnough, patience, held?.record)
      .then(conclude)
      .finally(() => {
        flight = undefined;
      });
    return flight;
  }

  function conclude(end: RefreshEnd): HeldToken {
    switch (end.kind) {
      case 'record':
        failures = 0;
        return adopt(end.record);
      case 'absent':
        held = undefined;
        throw signedOut(options, undefined, clock);
      case 'ended':
        adopt(end.record);
        throw signedOut(options, end.record, clock);
      case 'later': {
        failures += 1;
        const told = 'retryAfterMs' in end.answer ? end.answer.retryAfterMs : undefined;
        quietUntil = clock.monotonic() + (told ?? random() * Math.min(60_000, 1_000 * 2 ** failures));
        throw notNow(options, end.answer.kind, quietUntil - clock.monotonic());
      }
      default:
        return end satisfies never;
    }
  }

  /** Looks whether another process signed in, out or on. */
  function look(): Promise<void> {
    looking ??= (async () => {
      try {
        if (unsaved.record()) return;
        const record = await store.read();
        if (!record) held = undefined;
        else if (newerOf(record, held?.record) !== record) return;
        else if (record.generation !== held?.record.generation || record.ended) adopt(record);
      } finally {
        looking = undefined;
      }
    })();
    return looking;
  }

  /** A hung store must not take away a token that is still good: trouble here is seen when it matters. */
  function lookAside(token: HeldToken): void {
    if (clock.monotonic() - token.readAt < recheckMs) return;
    token.readAt = clock.monotonic();
    look().catch(() => undefined);
  }

  async function current(): Promise<HeldToken> {
    if (!held || ageOf(held, clock) === 'over') await look();
    if (!held) throw signedOut(options, undefined, clock);
    const age = ageOf(held, clock);
    const { generation } = held.record;
    const isAnother = (record: TokenRecord) =>
      record.generation !== generation && ageOf(hold(record, clock, 0.5), clock) !== 'over';
    if (age !== 'over') {
      lookAside(held);
      const mayRefresh = age === 'due' && !held.record.ended && clock.monotonic() >= quietUntil;
      if (mayRefresh) refresh(isAnother, 'background').catch(() => undefined);
      return held;
    }
    if (held.record.ended) throw signedOut(options, held.record, clock);
    refuseWhileQuiet();
    return refresh(isAnother, 'background');
  }

  function refuseWhileQuiet(): void {
    const left = quietUntil - clock.monotonic();
    if (left > 0) throw notNow(options, 'waiting', left);
  }

  async function otherThan(generation: number, patience: Patience): Promise<HeldToken> {
    const isOther = (record: TokenRecord) => record.generation !== generation;
    // The flight that is joined may have been content with this very generation: then one more.
    const first = await refresh(isOther, patience);
    return isOther(first.record) ? first : refresh(isOther, patience);
  }

  /** The lock, or the one that an unsaved pair keeps: what follows replaces that pair. */
  async function underLock<T>(work: () => Promise<T>): Promise<T> {
    await flight?.catch(() => undefined);
    const release = unsaved.abandon() ?? (await lock());
    try {
      return await work();
    } finally {
      release();
    }
  }

  return {
    get: async (signal) => reveal(await waitFor(current(), signal)),
    async refused(generation, signal) {
      if (held && held.record.generation !== generation && ageOf(held, clock) !== 'over') return reveal(held);
      refuseWhileQuiet();
      return reveal(await waitFor(otherThan(generation, 'background'), signal));
    },
    async renew(patience = 'prompt') {
      const generation = (unsaved.record() ?? (await store.read(patience)))?.generation ?? 0;
      return reveal(await otherThan(generation, patience));
    },
    save: (pair, patience = 'prompt') =>
      underLock(async () => {
        const before = await store.read(patience).catch(() => undefined);
        // Seconds as the floor: after a sign-out no running process may take the new sign-in for the old one.
        const known = Math.max(before?.generation ?? 0, held?.record.generation ?? 0);
        const generation = Math.max(known + 1, Math.floor(clock.now() / 1_000));
        const record = { ...recordOf(pair, clock.now()), generation };
        await store.write(record, patience);
        failures = 0;
        quietUntil = Number.NEGATIVE_INFINITY;
        return reveal(adopt(record));
      }),
    async signOut(patience = 'prompt') {
      const pair = unsaved.record();
      return underLock(async () => {
        const record = pair ?? (await store.read(patience).catch(() => undefined));
        const token = record?.refreshToken ?? record?.accessToken;
        const revoked = token !== undefined && (await grant.revoke?.(new Secret(token)).catch(() => false)) === true;
        await store.erase(patience);
        held = undefined;
        return { revoked };
      });
    },
    async status(patience = 'background') {
      const record = unsaved.record() ?? (await store.read(patience));
      if (!record) return { state: 'signed-out' };
      if (record.ended) return { state: 'ended', ...record.ended };
      const { expiresAt, refreshExpiresAt, refreshToken, generation } = record;
      return { state: 'signed-in', expiresAt, refreshExpiresAt, renewable: refreshToken !== undefined, generation };
    },
    async close() {
      await flight?.catch(() => undefined);
      await unsaved.saveNow('background').catch((error: unknown) => {
        unsaved.abandon()?.();
        throw new ProxyError('internal', 'A renewed sign-in could not be stored: you will have to sign in again.', {
          fix: options.fix,
          detail: toProxyError(error).facts.detail,
        });
      });
    },
  };
}

const waitFor = <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  signal ? orAbort(work, signal) : work;
