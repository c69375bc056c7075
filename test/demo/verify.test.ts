import { createHash, createHmac } from 'node:crypto';
import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { refuseCaller, type SignedParts } from '../../src/demo/verify.ts';
import { plainModel, post, said, sdk, simulator } from './simulator-client.ts';

const credentials = { accessKeyId: 'DEMOKEY', secretAccessKey: 'a secret for the demo' };
const time = Date.UTC(2026, 10, 20, 12, 0, 0);
const admission = { region: 'us-east-1', credentials, bearerToken: 'the-key', now: () => time };

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array => {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** The signer wants a constructor. */
class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(bytesOf(data));
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

type Change = {
  region?: string;
  service?: string;
  secretAccessKey?: string;
  accessKeyId?: string;
  sessionToken?: string;
  signedAt?: number;
};

/** A request signed by AWS's own signer. */
async function signed(change: Change = {}): Promise<SignedParts> {
  const { region = 'us-east-1', service = 'bedrock', signedAt = time, ...identity } = change;
  const signer = new SignatureV4({ region, service, credentials: { ...credentials, ...identity }, sha256: Sha256 });
  const path = '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse';
  const body = Buffer.from('{"messages":[]}');
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path,
    query: { 'a b': 'c/d', z: '' },
    headers: { host: '127.0.0.1:80', 'x-note': '  two   spaces ' },
    body,
  };
  const result = await signer.sign(request, { signingDate: new Date(signedAt) });
  return { method: 'POST', url: `${path}?a%20b=c%2Fd&z=`, headers: result.headers, body };
}

describe('signatures of AWS’s own signer', () => {
  test('a true one is let in', async () => {
    expect(refuseCaller(await signed(), admission)).toBeUndefined();
  });

  const refusals: readonly [string, Change, string, string][] = [
    [
      'a wrong secret',
      { secretAccessKey: 'another' },
      'InvalidSignatureException',
      'The request signature we calculated does not match',
    ],
    [
      'an unknown key id',
      { accessKeyId: 'NOBODY' },
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    ['a session token that is not ours', { sessionToken: 'foreign' }, 'UnrecognizedClientException', 'security token'],
    [
      'another Region',
      { region: 'eu-west-1' },
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'eu-west-1'.",
    ],
    [
      'another service',
      { service: 's3' },
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'bedrock'.",
    ],
    [
      'a clock that is late',
      { signedAt: time - 301_000 },
      'InvalidSignatureException',
      'Signature expired: 20261120T115459Z is now earlier than 20261120T115500Z (20261120T120000Z - 5 min.)',
    ],
    [
      'a clock that is early',
      { signedAt: time + 301_000 },
      'InvalidSignatureException',
      'Signature not yet current: 20261120T120501Z is still later than 20261120T120500Z',
    ],
  ];
  test.each(refusals)('%s is refused', async (_, change, type, message) => {
    expect(refuseCaller(await signed(change), admission)).toMatchObject({
      status: 403,
      type,
      message: expect.stringContaining(message),
    });
  });

  test('a changed body, path, query or header breaks the signature', async () => {
    const good = await signed();
    const changes: Partial<SignedParts>[] = [
      { body: Buffer.from('{"messages":[1]}') },
      { url: good.url.replace('converse', 'invoke') },
      { url: `${good.url}1` },
      { method: 'PUT' },
      { headers: { ...good.headers, 'x-note': 'else' } },
    ];
    for (const change of changes)
      expect(refuseCaller({ ...good, ...change }, admission)).toMatchObject({ type: 'InvalidSignatureException' });
  });
});

describe('over the wire', () => {
  test('the SDK’s signature and its bearer key are let in', async () => {
    const target = await simulator();
    const call = () => new ConverseCommand({ modelId: plainModel, ...said('hello') });
    expect((await sdk(target).send(call())).stopReason).toBe('end_turn');
    const bearer = sdk(target, {
      token: async () => ({ token: target.bearerToken }),
      authSchemePreference: ['httpBearerAuth'],
    });
    expect((await bearer.send(call())).stopReason).toBe('end_turn');
    expect(target.requests.map((request) => request.headers.authorization?.split(' ')[0])).toEqual([
      'AWS4-HMAC-SHA256',
      'Bearer',
    ]);
  });

  test('a wrong key is answered as the gateway does: capital Message, no error type', async () => {
    const target = await simulator();
    const answer = await post({ ...target, bearerToken: 'wrong' }, plainModel, said('x'));
    expect(answer).toMatchObject({
      status: 403,
      type: undefined,
      json: { Message: 'Authentication failed: Please make sure your API Key is valid.' },
    });
    expect(target.requests).toHaveLength(0);
  });

  test('no authorization at all is refused, and let in where signatures are off', async () => {
    const ask = (url: string) =>
      fetch(`${url}/model/${plainModel}/converse`, { method: 'POST', body: JSON.stringify(said('x')) });
    expect((await ask((await simulator()).url)).status).toBe(403);
    expect((await ask((await simulator({ signature: 'off' })).url)).status).toBe(200);
  });
});
