import { type KeyObject, sign, verify } from 'node:crypto';
import { newId } from '../base/ids.ts';
import { isObject, parsedJson } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import { signingKey } from './key-material.ts';

/** How long a client token lives. */
export const clientTokenMs = 300_000;

/** A clock may differ by this much between the one who signs and the one who checks; both are usually this machine. */
const slackMs = 60_000;

const prefix = 'cbt-';
const domain = 'claude-bedrock client token 1\n';

/** What a token claims: which key signed, for which installation, until when (wall milliseconds). */
export type ClientTokenClaims = { keyId: string; audience: string; issuedAt: number; expiresAt: number };

/** Whether a text has the form of our client tokens; nothing is checked yet. */
export const isClientToken = (text: string): boolean => text.startsWith(prefix);

/** A token of five minutes for one installation, signed with the key it stands for and revoked with it. */
export function signClientToken(key: Secret, keyId: string, audience: string, now: number): Secret {
  const claims = { aud: audience, sub: keyId, iat: now, exp: now + clientTokenMs, jti: newId('', 12) };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const signature = sign(null, Buffer.from(domain + payload), signingKey(key)).toString('base64url');
  return new Secret(`${prefix}${payload}.${signature}`);
}

/** The claims as they stand, unchecked; undefined when the text is no client token. */
export function readClientToken(token: string): ClientTokenClaims | undefined {
  const payload = /^cbt-([\w-]{1,1024})\.[\w-]{86}$/.exec(token)?.[1];
  if (payload === undefined) return undefined;
  const claims = parsedJson(Buffer.from(payload, 'base64url').toString('utf8'));
  if (!isObject(claims)) return undefined;
  const { aud, sub, iat, exp } = claims;
  if (typeof aud !== 'string' || typeof sub !== 'string') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  return { keyId: sub, audience: aud, issuedAt: iat, expiresAt: exp };
}

/** Whether the claims hold now for this audience: no longer than we issue, not from the future, not over. */
export function isCurrent(claims: ClientTokenClaims, audience: string, now: number): boolean {
  const { issuedAt, expiresAt } = claims;
  return (
    claims.audience === audience &&
    now < expiresAt &&
    issuedAt <= now + slackMs &&
    expiresAt - issuedAt <= clientTokenMs
  );
}

/** Whether the token was signed by the holder of that public key. */
export function isSignedBy(token: string, publicKey: KeyObject): boolean {
  const at = token.lastIndexOf('.');
  const signed = Buffer.from(domain + token.slice(prefix.length, at));
  return verify(null, signed, publicKey, Buffer.from(token.slice(at + 1), 'base64url'));
}
