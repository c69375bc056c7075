import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AwsKeys } from '../../src/auth/aws-identity.ts';
import { mintBedrockKey, readBedrockKey } from '../../src/auth/bedrock-key.ts';
import { presign } from '../../src/auth/presign.ts';
import { Secret } from '../../src/base/secret.ts';

const now = Date.UTC(2026, 10, 22, 4, 5, 6);

/** node:crypto in the shape that AWS's signer asks for: with a secret it is an HMAC. */
class Sha256 {
  #hash: { update(data: Uint8Array | string): unknown; digest(): Buffer };
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array | string {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** The same URL by AWS's own signer. */
async function byAws(keys: AwsKeys, region: string, expiresIn: number, path = '/'): Promise<Record<string, unknown>> {
  const signer = new SignatureV4({
    credentials: keys,
    region,
    service: 'bedrock',
    sha256: Sha256,
    applyChecksum: false,
  });
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: 'bedrock.amazonaws.com',
    path,
    headers: { host: 'bedrock.amazonaws.com' },
    query: { Action: 'CallWithBearerToken' },
  };
  const { query } = await signer.presign(request, { expiresIn, signingDate: new Date(now) });
  return query ?? {};
}

test('a presigned URL equals the one of AWS’s own signer, whatever the keys hold', async () => {
  const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.option(text, { nil: undefined }),
      fc.integer({ min: 1, max: 43_200 }),
      async (secret, session, expiresInS) => {
        const keys = {
          accessKeyId: 'ASIAEXAMPLE',
          secretAccessKey: secret,
          ...(session !== undefined && { sessionToken: session }),
        };
        const url = presign({
          method: 'POST',
          host: 'bedrock.amazonaws.com',
          service: 'bedrock',
          region: 'eu-central-1',
          query: { Action: 'CallWithBearerToken' },
          keys,
          expiresInS,
          now,
        });
        expect(Object.fromEntries(new URL(url).searchParams)).toEqual(await byAws(keys, 'eu-central-1', expiresInS));
      },
    ),
    { numRuns: 60 },
  );
});

test('a path with a model id in it is signed as AWS signs it: escaped twice', async () => {
  const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 's' };
  const path = ['foundation-model-availability', 'anthropic.claude-sonnet-4-5-20250929-v1:0'];
  const common = { host: 'bedrock.amazonaws.com', service: 'bedrock', region: 'us-east-1', keys, expiresInS: 60, now };
  const url = presign({ ...common, method: 'POST', path, query: { Action: 'CallWithBearerToken' } });
  expect(new URL(url).pathname).toBe('/foundation-model-availability/anthropic.claude-sonnet-4-5-20250929-v1%3A0');
  const escaped = `/${path.map(encodeURIComponent).join('/')}`;
  expect(Object.fromEntries(new URL(url).searchParams)).toEqual(await byAws(keys, 'us-east-1', 60, escaped));
});

test('a minted key lives 12 hours, but never longer than the keys that signed it, and tells its Region and end', () => {
  const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 's', sessionToken: 't' };
  const long = mintBedrockKey(keys, 'us-east-1', now);
  expect(long.expiration).toEqual(new Date(now + 43_200_000));
  expect(readBedrockKey(new Secret(long.token))).toEqual({
    kind: 'short-term',
    region: 'us-east-1',
    expiresAt: now + 43_200_000,
  });
  expect(Buffer.from(long.token.slice('bedrock-api-key-'.length), 'base64').toString()).toMatch(
    /^bedrock\.amazonaws\.com\/\?Action=CallWithBearerToken&X-Amz-Algorithm=.*&Version=1$/,
  );
  const short = mintBedrockKey({ ...keys, expiration: new Date(now + 60_500) }, 'us-east-1', now);
  expect(readBedrockKey(new Secret(short.token)).expiresAt).toBe(now + 60_000);
});

test('a wrong paste is refused before it is stored, and not repeated in the error', () => {
  expect(readBedrockKey(new Secret(`ABSK${'QmVkcm9ja0FQSUtleS1'.repeat(4)}==`))).toEqual({ kind: 'long-term' });
  for (const wrong of ['', 'AKIACANARY', 'sk-ant-canary', 'bedrock-api-key-', 'bedrock-api-key-Y2FuYXJ5', 'ABSKcanary'])
    expect(() => readBedrockKey(new Secret(wrong))).toThrow(/^This is not a Bedrock API key/);
});
