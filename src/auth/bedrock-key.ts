import { ProxyError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { AwsKeys, BearerToken } from './aws-identity.ts';
import { presign } from './presign.ts';

/** A short-term key lives this long at most. */
const longestS = 43_200;

const shortTerm = 'bedrock-api-key-';

/** What a Bedrock API key tells of itself. Long-term keys (`ABSK…`) tell nothing. */
export type BedrockKeyFacts = { kind: 'short-term' | 'long-term'; region?: string; expiresAt?: number };

/**
 * A short-term Bedrock API key, made here without a call: a presigned `CallWithBearerToken` URL in base64. It lives
 * `lifeS` seconds, 12 h at most, and never longer than the keys that sign it.
 */
export function mintBedrockKey(keys: AwsKeys, region: string, now: number, lifeS = longestS): BearerToken {
  const left = keys.expiration ? Math.floor((keys.expiration.getTime() - now) / 1_000) : longestS;
  const expiresInS = Math.max(1, Math.min(lifeS, longestS, left));
  const host = 'bedrock.amazonaws.com';
  const query = { Action: 'CallWithBearerToken' };
  const url = presign({ method: 'POST', host, service: 'bedrock', region, query, keys, expiresInS, now });
  const token = shortTerm + Buffer.from(`${url.slice('https://'.length)}&Version=1`).toString('base64');
  return { token, expiration: new Date(now + expiresInS * 1_000) };
}

/** Reads a pasted key; throws `invalid_request` when it is none, so that a wrong paste is found before it is stored. */
export function readBedrockKey(key: Secret): BedrockKeyFacts {
  const text = key.reveal();
  if (/^ABSK[\w+/=-]{20,}$/.test(text)) return { kind: 'long-term' };
  const url = text.startsWith(shortTerm) ? Buffer.from(text.slice(shortTerm.length), 'base64').toString('utf8') : '';
  const query = URL.parse(`https://${url}`)?.searchParams;
  const region = query?.get('X-Amz-Credential')?.split('/')[2];
  if (!query || region === undefined)
    throw new ProxyError(
      'invalid_request',
      'This is not a Bedrock API key: they begin with "ABSK" or "bedrock-api-key-".',
      {
        fix: 'claude-bedrock auth login --source bedrock-key',
      },
    );
  const stamp = query.get('X-Amz-Date') ?? '';
  const madeAt = Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const expiresAt = madeAt + Number(query.get('X-Amz-Expires')) * 1_000;
  return { kind: 'short-term', region, ...(Number.isFinite(expiresAt) && { expiresAt }) };
}
