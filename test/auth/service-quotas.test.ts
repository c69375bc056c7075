import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { signedPost } from '../../src/auth/signed-post.ts';
import { quotaOfModel } from '../../src/policy/model-quota.ts';

const now = Date.UTC(2026, 10, 22, 4, 5, 6);

/** node:crypto in the shape that AWS's signer asks for: with a secret it is an HMAC. */
class Sha256 {
  #hash: { update(data: Uint8Array | string): unknown; digest(): Buffer };
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key =
      typeof secret === 'object' ? new Uint8Array(ArrayBuffer.isView(secret) ? secret.buffer : secret) : secret;
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

test.each([undefined, 'a/session+token=='])(
  'the headers are those of AWS’s own signer (session token: %s)',
  async (sessionToken) => {
    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', ...(sessionToken && { sessionToken }) };
    const host = 'servicequotas.eu-central-1.amazonaws.com';
    const target = 'ServiceQuotasV20190624.ListServiceQuotas';
    const body = JSON.stringify({ ServiceCode: 'bedrock' });
    const call = { host, service: 'servicequotas', region: 'eu-central-1', target, body, keys, now };
    const signer = new SignatureV4({ credentials: keys, region: call.region, service: call.service, sha256: Sha256 });
    const theirs = await signer.sign(
      {
        method: 'POST',
        protocol: 'https:',
        hostname: host,
        path: '/',
        query: {},
        headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
        body,
      },
      { signingDate: new Date(now) },
    );
    expect(signedPost(call)['authorization']).toBe(theirs.headers['authorization']);
  },
);

test('a quota’s name says which model it is of, what it counts and for which profiles', () => {
  const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  expect(
    quotaOfModel('Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1', sonnet),
  ).toEqual({
    unit: 'tokens a minute',
    reach: 'cross-region',
  });
  expect(
    quotaOfModel('Global cross-region model inference requests per minute for Anthropic Claude Sonnet 4.5 V1', sonnet),
  ).toEqual({
    unit: 'requests a minute',
    reach: 'global',
  });
  expect(
    quotaOfModel(
      'Model invocation max tokens per day for Anthropic Claude Sonnet 4.5 V1 (doubled for cross-region calls)',
      sonnet,
    ),
  ).toEqual({ unit: 'tokens a day', reach: 'on-demand' });
  expect(
    quotaOfModel('On-demand model inference requests per minute for Amazon Nova Pro', 'amazon.nova-pro-v1:0'),
  ).toEqual({
    unit: 'requests a minute',
    reach: 'on-demand',
  });
  for (const other of [
    'Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4 V1',
    'Cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1 1M Context Length',
    'Cross-region model inference tokens per minute for Anthropic Claude Opus 4.5',
    'Minimum number of records per batch inference job for Claude Sonnet 4.5',
    'Number of guardrails per account',
  ])
    expect(quotaOfModel(other, sonnet)).toBeUndefined();
});
