import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Principal } from '../converse/call.ts';
import { isClientToken, isCurrent, isSignedBy, readClientToken } from './client-token.ts';
import { type KeyEntry, parseIndex } from './key-index.ts';
import { hashOf, publicKeyOf, sameHash } from './key-material.ts';
import { fileStamp } from './whole-file.ts';

/** Who holds which key; what the guard asks. */
export type LocalKeyRing = { verify(key: string): Principal | undefined };

type Known = { principal: Principal; expiresAt: number; hash: Buffer; publicKey: KeyObject };

/** A change of the file (a new key, a revoked one) counts after so many milliseconds at most. */
const recheckMs = 200;

/**
 * Verifies keys and client tokens against the index file alone, so that a locked or hung keyring never keeps anyone out.
 * Every key is compared with every hash: the time tells nothing. A damaged or missing file lets nobody in.
 */
export function localKeyRing(path: string, clock: Clock): LocalKeyRing {
  let stamp = '';
  let checkedAt = Number.NEGATIVE_INFINITY;
  let instance = '';
  let known: readonly Known[] = [];

  function reload(): void {
    if (clock.monotonic() - checkedAt < recheckMs) return;
    checkedAt = clock.monotonic();
    const seen = fileStamp(path);
    if (seen === stamp) return;
    stamp = seen;
    const now = seen === '' ? undefined : readNow(path);
    instance = now?.instance ?? '';
    known = now?.known ?? [];
  }

  return {
    verify(key) {
      reload();
      const now = clock.now();
      const found = isClientToken(key) ? byToken(key, known, instance, now) : byKey(key, known);
      return found && now < found.expiresAt ? found.principal : undefined;
    },
  };
}

function byKey(key: string, known: readonly Known[]): Known | undefined {
  const hash = hashOf(key);
  let found: Known | undefined;
  for (const one of known) if (sameHash(one.hash, hash)) found = one;
  return found;
}

function byToken(token: string, known: readonly Known[], instance: string, now: number): Known | undefined {
  const claims = readClientToken(token);
  if (!claims || !isCurrent(claims, instance, now)) return undefined;
  return known.find(
    (one) => one.principal.id === claims.keyId && now < one.expiresAt && isSignedBy(token, one.publicKey),
  );
}

function knownOf(entry: KeyEntry): Known[] {
  const { id, name, scope, models } = entry;
  const principal: Principal = { id, name, scope, ...(models && { models }) };
  return entry.traces.map((trace) => ({
    principal,
    expiresAt: Math.min(entry.expiresAt ?? Number.POSITIVE_INFINITY, trace.endsAt ?? Number.POSITIVE_INFINITY),
    hash: Buffer.from(trace.hash, 'base64url'),
    publicKey: publicKeyOf(trace),
  }));
}

function readNow(path: string): { instance: string; known: Known[] } | undefined {
  try {
    const { instance, keys } = parseIndex(readFileSync(path, 'utf8'));
    return { instance, known: keys.flatMap(knownOf) };
  } catch {
    return undefined;
  }
}
