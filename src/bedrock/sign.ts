import { hash } from 'node:crypto';
import { percentEncoded } from '../base/percent-encoded.ts';
import type { AwsKeys } from './identity.ts';

/*
 * AWS Signature Version 4 for one kind of request: POST, no query, JSON body.
 * By hand, because the signer of the SDK costs half as much again, and createHmac alone more than all hashes here.
 */

const algorithm = 'AWS4-HMAC-SHA256';

/** The names that requests are signed for: Bedrock Runtime and its OpenAI-compatible endpoint. */
export type SigningService = 'bedrock' | 'bedrock-mantle';

type SigningInput = {
  host: string;
  /** The path as it goes out, each segment RFC 3986-encoded once. */
  path: string;
  contentType: string;
  body: string;
  region: string;
  service: SigningService;
  keys: AwsKeys;
  /** Milliseconds since the epoch. */
  now: number;
};

/** Appends the headers that sign a request, names and values in turn. Keeps the derived key while day, region and identity stay. */
export type Sign = (input: SigningInput, headers: string[]) => void;

/** A signer that remembers the day's derived key. */
export function createSigner(): Sign {
  const derived = new Map<string, HmacKey>();
  /** A process dials few paths, each many times. */
  const paths = new Map<string, string>();

  function keyFor(keys: AwsKeys, day: string, region: string, service: SigningService): HmacKey {
    const name = `${day}/${region}/${service}/${keys.accessKeyId}/${keys.secretAccessKey}`;
    let key = derived.get(name);
    if (!key) {
      if (derived.size >= 16) derived.clear();
      key = deriveKey(keys.secretAccessKey, day, region, service);
      derived.set(name, key);
    }
    return key;
  }

  function pathFor(path: string): string {
    let signed = paths.get(path);
    if (signed === undefined) {
      if (paths.size >= 64) paths.clear();
      signed = canonicalPath(path);
      paths.set(path, signed);
    }
    return signed;
  }

  let second = Number.NaN;
  let secondText = '';

  /** ISO 8601 without punctuation; many requests share a second. */
  function timeOf(now: number): string {
    const seen = Math.floor(now / 1000);
    if (seen !== second) secondText = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    second = seen;
    return secondText;
  }

  return (input, headers) => {
    const { keys, service } = input;
    const time = timeOf(input.now);
    const day = time.slice(0, 8);
    const scope = `${day}/${input.region}/${service}/aws4_request`;
    const bodyHash = hash('sha256', input.body, 'hex');
    const session = keys.sessionToken;
    const names = `content-type;host;x-amz-content-sha256;x-amz-date${session === undefined ? '' : ';x-amz-security-token'}`;
    const token = session === undefined ? '' : `x-amz-security-token:${session}\n`;
    const signed = `content-type:${input.contentType}\nhost:${input.host}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${time}\n${token}`;
    const canonical = `POST\n${pathFor(input.path)}\n\n${signed}\n${names}\n${bodyHash}`;
    const text = `${algorithm}\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = hmac(keyFor(keys, day, input.region, service), text, 'hex');
    headers.push('x-amz-content-sha256', bodyHash, 'x-amz-date', time);
    if (session !== undefined) headers.push('x-amz-security-token', session);
    const credential = `${keys.accessKeyId}/${scope}`;
    headers.push(
      'authorization',
      `${algorithm} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
    );
  };
}

/** The path as it is signed: normalised (RFC 3986, 5.2.4, empty segments out), and every segment encoded once more. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(percentEncoded(segment));
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

/** A key for HMAC-SHA-256 (RFC 2104), padded once. */
type HmacKey = { inner: Buffer; outer: Buffer };

function hmacKey(secret: Buffer): HmacKey {
  const block = Buffer.alloc(64);
  (secret.length > 64 ? hash('sha256', secret, 'buffer') : secret).copy(block);
  return { inner: Buffer.from(block.map((byte) => byte ^ 0x36)), outer: Buffer.from(block.map((byte) => byte ^ 0x5c)) };
}

function hmac(key: HmacKey, text: string, encoding: 'hex'): string;
function hmac(key: HmacKey, text: string, encoding: 'buffer'): Buffer;
function hmac(key: HmacKey, text: string, encoding: 'hex' | 'buffer'): string | Buffer {
  const inside = hash('sha256', Buffer.concat([key.inner, Buffer.from(text)]), 'buffer');
  const outside = Buffer.concat([key.outer, inside]);
  return encoding === 'hex' ? hash('sha256', outside, 'hex') : hash('sha256', outside, 'buffer');
}

function deriveKey(secret: string, day: string, region: string, service: SigningService): HmacKey {
  let key = hmacKey(Buffer.from(`AWS4${secret}`));
  for (const part of [day, region, service, 'aws4_request']) key = hmacKey(hmac(key, part, 'buffer'));
  return key;
}
