import { hash } from 'node:crypto';
import { isObject } from '../base/json.ts';
import type { Call } from '../converse/call.ts';
import { longText, type TextDigest, textDigest } from './text-digest.ts';

/** What a key is made of besides the request itself. */
export type CacheScope = {
  /** Random, per process: keys mean nothing outside it. */
  secret: string;
  /** Names the AWS account or identity that answers; a changed one shares nothing with its predecessor. */
  account: string;
  /** Digests with the same secret, where others have made some of the request's texts already. */
  digestOf?: TextDigest;
};

/**
 * A keyed digest of everything that can change an answer: who asks, which account, Region and model answer, the Converse
 * request and the wishes beside it. The wire format is left out on purpose, so that all formats share entries (case 104).
 * Two digests, one inside the other, are the construction of RFC 2104; one-shot hashes cost an eighth of `createHmac`.
 */
export function cacheKey(call: Call, { secret, account, digestOf = textDigest(secret) }: CacheScope): string {
  const { principal, target, request, options, native } = call;
  const parts = [principal.id, account, target.region, target.modelId, target.effort ?? null, options, request, native];
  const inner = hash('sha256', `${secret}\ninner\n${canonicalText(parts, digestOf)}`);
  return hash('sha256', `${secret}\nouter\n${inner}`, 'base64url');
}

/**
 * A text that two values share exactly when they say the same in JSON, whatever the order of their members. Strings stand
 * in it as they are behind their length, because escaping costs more than a digest does, and long texts as their digest.
 */
function canonicalText(value: unknown, digestOf: TextDigest): string {
  if (typeof value === 'string') return stringText(value);
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += canonicalText(item, digestOf);
    return `${text}]`;
  }
  if (!isObject(value)) return `${value ?? 'null'},`;
  let text = '{';
  for (const name of inOrder(Object.keys(value))) {
    const member = value[name];
    if (member === undefined) continue;
    const isLong = name === 'text' && typeof member === 'string' && member.length >= longText;
    text += stringText(name) + (isLong ? `#${digestOf(member, value)}` : canonicalText(member, digestOf));
  }
  return `${text}}`;
}

/** A digest reads a lone surrogate as U+FFFD, whichever it is; escaped, each stays itself. */
function stringText(value: string): string {
  if (value.isWellFormed()) return `"${value.length}:${value}`;
  const escaped = JSON.stringify(value);
  return `\\${escaped.length}:${escaped}`;
}

/** Sorted in place. Most lists are short or nearly in order, and `sort` copies even those. */
function inOrder(names: string[]): string[] {
  if (names.length > 16) return names.sort();
  for (let end = 1; end < names.length; end++) {
    const name = names[end] ?? '';
    let at = end;
    for (; at > 0 && (names[at - 1] ?? '') > name; at--) names[at] = names[at - 1] ?? '';
    names[at] = name;
  }
  return names;
}
