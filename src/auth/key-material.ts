import {
  createPrivateKey,
  createPublicKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { Secret } from '../base/secret.ts';

/** What the index holds of a key: enough to recognise it and to check tokens that it signed, useless to act as it. */
export type KeyTrace = { hash: string; publicKey: string };

/** A new key for a client: `cb-` and 256 random bits. */
export const newKey = (): Secret => new Secret(`cb-${randomBytes(32).toString('base64url')}`);

/** A hash without salt or work factor is enough for 256 random bits: there is nothing to guess. */
export const hashOf = (key: string): Buffer => hash('sha256', key, 'buffer');

export function traceOf(key: Secret): KeyTrace {
  const { x } = createPublicKey(signingKey(key)).export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 public key has x');
  return { hash: hashOf(key.reveal()).toString('base64url'), publicKey: x };
}

/** Whether two hashes are equal, in a time that does not tell how much of them is. */
export const sameHash = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** PKCS #8 for Ed25519 up to the 32 bytes of the seed (RFC 8410, section 7). */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The Ed25519 key that a client key stands for: tokens are signed with it, and the index can check them. */
export function signingKey(key: Secret): KeyObject {
  const seed = hkdfSync('sha256', key.reveal(), '', 'claude-bedrock client token', 32);
  return createPrivateKey({ key: Buffer.concat([pkcs8Head, Buffer.from(seed)]), format: 'der', type: 'pkcs8' });
}

export const publicKeyOf = (trace: KeyTrace): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: trace.publicKey }, format: 'jwk' });
