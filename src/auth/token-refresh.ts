import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { Release } from './lock.ts';
import {
  afterAnswer,
  type ClientRegistration,
  type RefreshAnswer,
  type RefreshBucket,
  type TokenRecord,
  withIntent,
} from './token-record.ts';
import type { TokenStore } from './token-store.ts';
import type { UnsavedPair } from './unsaved-pair.ts';
import type { Patience } from './vault.ts';

/** The token server as a rotating token sees it. */
export type TokenGrant = {
  /** One request, own deadline; the refresh token given is never sent again after `granted`. Throws only before it sends. */
  refresh(refreshToken: Secret, client?: ClientRegistration): Promise<RefreshAnswer>;
  /** RFC 7009; true when the server confirmed. Absent where the server has no such endpoint. */
  revoke?(token: Secret): Promise<boolean>;
};

/** What came of an attempt. The store's own trouble and a lock that does not come free are thrown instead. */
export type RefreshEnd =
  | { kind: 'record'; record: TokenRecord }
  | { kind: 'absent' }
  | { kind: 'ended'; record: TokenRecord }
  | { kind: 'later'; answer: Exclude<RefreshAnswer, { kind: 'granted' | 'invalid-grant' }> };

export type RefreshParts = {
  store: TokenStore;
  unsaved: UnsavedPair;
  lock: () => Promise<Release>;
  grant: TokenGrant;
  clock: Clock;
  onRefresh: (bucket: RefreshBucket) => void;
};

/**
 * One refresh under the lock: read again and adopt a sibling's pair if `isEnough` says so; prove the store writable by
 * the intent; send the token once; store what came of it before anyone sees it. `known` is the record in memory.
 */
export async function refreshOnce(
  parts: RefreshParts,
  isEnough: (record: TokenRecord) => boolean,
  patience: Patience,
  known?: TokenRecord,
): Promise<RefreshEnd> {
  const { store, unsaved, onRefresh } = parts;
  await unsaved.saveNow(patience);
  const release = await parts.lock();
  let lockKept = false;
  try {
    const stored = await store.read(patience);
    if (!stored) return { kind: 'absent' };
    const before = newerOf(stored, known);
    if (before.ended) return { kind: 'ended', record: before };
    if (isEnough(before)) {
      onRefresh('adopted');
      return { kind: 'record', record: before };
    }
    const end = await spend(parts, before, patience);
    if (end.kind !== 'record') return end;
    try {
      await store.write(end.record, patience);
    } catch {
      onRefresh('persist_failure');
      unsaved.keep(end.record, release);
      lockKept = true;
    }
    return end;
  } finally {
    if (!lockKept) release();
  }
}

/**
 * A store may go back to what it held before (a keyring restored or killed before it wrote): the refresh token there is
 * spent, and sending it would end the sign-in. What memory knows better is used, and written again on the way.
 */
export function newerOf(stored: TokenRecord, known: TokenRecord | undefined): TokenRecord {
  return known && !known.ended && known.generation > stored.generation ? known : stored;
}

async function spend(parts: RefreshParts, before: TokenRecord, patience: Patience): Promise<RefreshEnd> {
  const { store, clock, onRefresh } = parts;
  const { refreshToken } = before;
  // One that is over by our clock is sent all the same: the clock may be a day off, the server's is the one that counts.
  if (refreshToken === undefined) return { kind: 'ended', record: before };

  const intended = withIntent(before, refreshToken, clock.now());
  await store.write(intended, patience);
  const answer = await parts.grant
    .refresh(new Secret(refreshToken), before.client)
    .catch((error: unknown): RefreshAnswer => {
      // A grant throws only while it prepares (discovery): the token was not sent.
      return { kind: 'unsent', detail: toProxyError(error).publicMessage };
    });
  const { record, bucket } = afterAnswer(before, intended, answer, clock.now());
  onRefresh(bucket);
  if (answer.kind === 'granted') return { kind: 'record', record };

  const sibling = await store.read(patience).catch(() => undefined);
  if (sibling && sibling.generation !== before.generation) return { kind: 'record', record: sibling };
  // Marking is a courtesy to the next process; the refresh has failed either way.
  await store.write(record, patience).catch(() => undefined);
  if (record.ended || answer.kind === 'invalid-grant') return { kind: 'ended', record };
  return { kind: 'later', answer };
}
