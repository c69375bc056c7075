import { createHash, createHmac } from 'node:crypto';

/** One use of AWS Signature Version 4, in either form. */
export type Signing = {
  /** `20261122T081949Z`. */
  stamp: string;
  /** Day, Region and service: what the key is derived for. */
  scope: string;
  /** The signature of a canonical request, in hex. */
  sign(canonicalRequest: string, secretAccessKey: string): string;
};

/** What both forms of the signature have in common; `now` in wall milliseconds. */
export function sigv4({ service, region, now }: { service: string; region: string; now: number }): Signing {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const parts = [stamp.slice(0, 8), region, service, 'aws4_request'];
  const scope = parts.join('/');
  return {
    stamp,
    scope,
    sign(canonicalRequest, secretAccessKey) {
      const key = parts.reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
      return hmac(key, [algorithm, stamp, scope, sha256(canonicalRequest)].join('\n')).toString('hex');
    },
  };
}

/** The algorithm as the signature's members name it. */
export const algorithm = 'AWS4-HMAC-SHA256';

/** In hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
