import { createHash } from 'node:crypto';
import { isObject } from '../base/json.ts';
import { vaultError } from './vault.ts';

/** Who we are to a server that hands out identities of its own; what was granted to one is refreshed by it alone. */
export type ClientRegistration = { clientId: string; clientSecret: string };

/** What a token server grants. Lifetimes in milliseconds from the moment the answer was read: no server clock involved. */
export type TokenPair = {
  accessToken: string;
  expiresInMs: number;
  refreshToken?: string | undefined;
  refreshExpiresInMs?: number | undefined;
  /** OpenID Connect's signed statement of who signed in; what STS wants to see. */
  idToken?: string | undefined;
  client?: ClientRegistration | undefined;
};

/** A refresh that was begun: written before the token is sent, so that a process that dies meanwhile leaves word. */
type Intent = { fingerprint: string; startedAt: number; unanswered: number };

/** Why a sign-in is over although its record is still here. */
export type Ended = { reason: 'revoked' | 'interrupted'; at: number };

/** One sign-in as it lies in the vault. Times are wall milliseconds. `generation` grows with every new pair. */
export type TokenRecord = {
  version: 1;
  generation: number;
  accessToken: string;
  idToken?: string | undefined;
  refreshToken?: string | undefined;
  issuedAt: number;
  expiresAt: number;
  refreshExpiresAt?: number | undefined;
  client?: ClientRegistration | undefined;
  intent?: Intent | undefined;
  ended?: Ended | undefined;
};

/** How the token server's answer to a refresh is understood; only `granted` and `invalid-grant` settle the token's fate. */
export type RefreshAnswer =
  | { kind: 'granted'; pair: TokenPair }
  | { kind: 'invalid-grant' }
  /** Another 4xx: our request is wrong or the client is refused; the token was not spent. */
  | { kind: 'refused'; detail: string }
  | { kind: 'throttled'; retryAfterMs?: number | undefined }
  /** A 5xx: whether the token was spent is the server's secret. */
  | { kind: 'failing'; retryAfterMs?: number | undefined }
  /** The request never left: no name, no connection. */
  | { kind: 'unsent'; detail: string }
  /** Sent, and no answer: a timeout or a reset. */
  | { kind: 'unanswered'; detail: string };

/** Buckets for the metric that counts refreshes. */
export type RefreshBucket =
  | 'success'
  | 'adopted'
  | 'invalid_grant'
  | 'interrupted'
  | 'bad_request'
  | 'throttled'
  | 'upstream_5xx'
  | 'unsent'
  | 'unanswered'
  | 'lock_timeout'
  | 'persist_failure';

/** A fresh record; a server that gives no new refresh token lets the old one live on (sso-oidc may). */
export function recordOf(pair: TokenPair, now: number, before?: TokenRecord): TokenRecord {
  const refreshExpiresAt =
    pair.refreshExpiresInMs === undefined ? undefined : now + Math.max(0, pair.refreshExpiresInMs);
  return {
    version: 1,
    generation: (before?.generation ?? 0) + 1,
    accessToken: pair.accessToken,
    idToken: pair.idToken ?? before?.idToken,
    refreshToken: pair.refreshToken ?? before?.refreshToken,
    issuedAt: now,
    expiresAt: now + pair.expiresInMs,
    refreshExpiresAt: refreshExpiresAt ?? (pair.refreshToken === undefined ? before?.refreshExpiresAt : undefined),
    client: pair.client ?? before?.client,
  };
}

/** The record with word of the refresh that is about to be sent; an earlier unanswered one stays counted. */
export function withIntent(record: TokenRecord, refreshToken: string, now: number): TokenRecord {
  const fingerprint = fingerprintOf(refreshToken);
  const unanswered = record.intent?.fingerprint === fingerprint ? record.intent.unanswered : 0;
  return { ...record, intent: { fingerprint, startedAt: now, unanswered } };
}

/** Eight hex digits: enough to recognise a token by, useless to anyone else. */
function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8);
}

/** A token may be sent again once after an unanswered request, not more: a server that rotates has then lost us. */
const mostUnanswered = 2;

/**
 * The record to store after the server's answer. `before` is what was read under the lock, our own intent not yet in it:
 * an intent there is word of a refresh that nobody saw the end of.
 */
export function afterAnswer(
  before: TokenRecord,
  intended: TokenRecord,
  answer: RefreshAnswer,
  now: number,
): { record: TokenRecord; bucket: RefreshBucket } {
  switch (answer.kind) {
    case 'granted':
      return { record: recordOf(answer.pair, now, before), bucket: 'success' };
    case 'invalid-grant': {
      const interrupted = before.intent !== undefined && before.intent.fingerprint === intended.intent?.fingerprint;
      const reason = interrupted ? 'interrupted' : 'revoked';
      return {
        record: { ...before, ended: { reason, at: now } },
        bucket: interrupted ? 'interrupted' : 'invalid_grant',
      };
    }
    case 'refused':
      return { record: before, bucket: 'bad_request' };
    case 'throttled':
      return { record: before, bucket: 'throttled' };
    case 'unsent':
      return { record: before, bucket: 'unsent' };
    case 'failing':
      return { record: intended, bucket: 'upstream_5xx' };
    case 'unanswered': {
      const { intent } = intended;
      const unanswered = (intent?.unanswered ?? 0) + 1;
      const record = { ...intended, intent: intent && { ...intent, unanswered } };
      if (unanswered < mostUnanswered) return { record, bucket: 'unanswered' };
      return { record: { ...record, ended: { reason: 'interrupted', at: now } }, bucket: 'interrupted' };
    }
    default:
      return answer satisfies never;
  }
}

/** Reads a stored record; throws the vault's `unreadable` for anything else, so that damage never reads as "signed out". */
export function parseRecord(text: string): TokenRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw vaultError('unreadable', 'a token record is not JSON');
  }
  if (!isRecord(value)) throw vaultError('unreadable', 'a token record lacks a field');
  return value;
}

function isRecord(value: unknown): value is TokenRecord {
  return (
    isObject(value) &&
    value['version'] === 1 &&
    typeof value['accessToken'] === 'string' &&
    ['generation', 'issuedAt', 'expiresAt'].every((field) => Number.isFinite(value[field])) &&
    ['string', 'undefined'].includes(typeof value['refreshToken'])
  );
}
