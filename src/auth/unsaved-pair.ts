import type { Clock } from '../base/clock.ts';
import type { Release } from './lock.ts';
import type { TokenRecord } from './token-record.ts';
import type { TokenStore } from './token-store.ts';
import type { Patience } from './vault.ts';

/** A new pair that the store would not take. */
export type UnsavedPair = {
  record(): TokenRecord | undefined;
  /** Keeps the pair in memory and the lock with it, and tries to store it until that works. */
  keep(record: TokenRecord, release: Release): void;
  /** Tries now; throws what the store says. Nothing to do is success. */
  saveNow(patience: Patience): Promise<void>;
  /** Forgets the pair, because a login or a sign-out replaces it; hands over the lock that was kept. */
  abandon(): Release | undefined;
};

/**
 * While a pair is unsaved the lock stays ours: any other process would find the spent refresh token in the store, send
 * it, and end the sign-in for all.
 */
export function unsavedPair(store: TokenStore, clock: Clock): UnsavedPair {
  let kept: { record: TokenRecord; release: Release; stop: AbortController } | undefined;

  async function saveNow(patience: Patience): Promise<void> {
    const saving = kept;
    if (!saving) return;
    await store.write(saving.record, patience);
    if (kept !== saving) return;
    kept = undefined;
    saving.stop.abort();
    saving.release();
  }

  async function keepTrying(signal: AbortSignal): Promise<void> {
    for (let waitMs = 500; kept?.stop.signal === signal; waitMs = Math.min(30_000, waitMs * 2)) {
      await clock.sleep(waitMs, signal);
      await saveNow('background').catch(() => undefined);
    }
  }

  return {
    record: () => kept?.record,
    keep(record, release) {
      const stop = new AbortController();
      kept = { record, release, stop };
      // Ends by `stop`; trouble of the store only means another round.
      void keepTrying(stop.signal).catch(() => undefined);
    },
    saveNow,
    abandon() {
      const release = kept?.release;
      kept?.stop.abort();
      kept = undefined;
      return release;
    },
  };
}
