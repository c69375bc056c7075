import { hash } from 'node:crypto';
import { canonicalJson } from '../base/json.ts';
import type { Call } from '../converse/call.ts';

/** What a key is made of besides the request itself. */
export type CacheScope = {
  /** Random, per process: keys mean nothing outside it. */
  secret: string;
  /** Names the AWS account or identity that answers; a changed one shares nothing with its predecessor. */
  account: string;
};

/**
 * A keyed digest of everything that can change an answer: who asks, which account, Region and model answer, the Converse
 * request and the wishes beside it. The wire format is left out on purpose, so that all formats share entries (case 104).
 * Two digests, one inside the other, are the construction of RFC 2104; one-shot hashes cost an eighth of `createHmac`.
 */
export function cacheKey(call: Call, { secret, account }: CacheScope): string {
  const { principal, target, request, options, native } = call;
  const parts = [principal.id, account, target.region, target.modelId, target.effort ?? null, options, request, native];
  const inner = hash('sha256', `${secret}\ninner\n${canonicalJson(parts)}`);
  return hash('sha256', `${secret}\nouter\n${inner}`, 'base64url');
}
