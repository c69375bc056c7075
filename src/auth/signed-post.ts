import { createHash, createHmac } from 'node:crypto';
import type { AwsKeys } from './aws-identity.ts';

export type JsonCall = {
  host: string;
  service: string;
  region: string;
  /** The operation as `x-amz-target` names it, e.g. `ServiceQuotasV20190624.ListServiceQuotas`. */
  target: string;
  body: string;
  keys: AwsKeys;
  /** Wall milliseconds. */
  now: number;
};

const contentType = 'application/x-amz-json-1.1';

/** The headers of a call in AWS's JSON protocol 1.1 to the path `/`, signed (AWS Signature Version 4, header form). */
export function signedPost({ host, service, region, target, body, keys, now }: JsonCall): Record<string, string> {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const headers: Record<string, string> = {
    'content-type': contentType,
    host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': stamp,
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const request = ['POST', '/', '', ...lines, '', names, sha256(body)].join('\n');
  const signed = ['AWS4-HMAC-SHA256', stamp, scope, sha256(request)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, signed).toString('hex');
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
