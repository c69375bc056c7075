import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentEncoded } from '../../src/base/percent-encoded.ts';
import { createSigner } from '../../src/bedrock/sign.ts';

/** The hash that the AWS signer asks for, on node:crypto. */
class Sha256 {
  private readonly state;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.state =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', typeof secret === 'string' ? secret : Buffer.from(secret as Uint8Array));
  }
  update(data: Uint8Array): void {
    this.state.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.state.digest());
  }
}

const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const input = fc.record({
  prefix: fc.array(fc.constantFrom('gateway', 'a~b', '%7Bx%7D', 'v1'), { maxLength: 2 }),
  modelId: fc.oneof(
    segment,
    fc.constantFrom(
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a'(b)*!",
    ),
  ),
  body: fc.string({ unit: 'grapheme', maxLength: 200 }),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'us-gov-west-1'),
  accessKeyId: fc.string({ minLength: 16, maxLength: 20 }).map((text) => text.replace(/[^A-Z0-9]/gi, 'A')),
  secretAccessKey: fc.string({ minLength: 1, maxLength: 90 }),
  sessionToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
  now: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
});

test('signatures are those of the AWS signer, for many requests, keys, Regions and days', async () => {
  const sign = createSigner();
  await fc.assert(
    fc.asyncProperty(
      input,
      async ({ prefix, modelId, body, region, accessKeyId, secretAccessKey, sessionToken, now }) => {
        const path = `/${[...prefix, 'model', percentEncoded(modelId), 'converse-stream'].join('/')}`;
        const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
        const host = 'bedrock-runtime.example.com:8443';
        const signer = new SignatureV4({ service: 'bedrock', region, credentials: keys, sha256: Sha256 });
        const request = {
          method: 'POST',
          protocol: 'https:',
          hostname: host,
          path,
          headers: { host, 'content-type': 'application/json' },
          body,
        };
        const {
          host: _,
          'content-type': __,
          ...expected
        } = (await signer.sign(request, { signingDate: new Date(now) })).headers;
        const headers: string[] = [];
        sign({ host, path, contentType: 'application/json', body, region, service: 'bedrock', keys, now }, headers);
        const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []));
        expect(Object.fromEntries(pairs)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});
