import type { AwsKeys } from './aws-identity.ts';
import { algorithm, sha256, sigv4 } from './sigv4.ts';

/** One call in AWS's JSON protocol. */
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
  const { stamp, scope, sign } = sigv4({ service, region, now });
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
  const signature = sign(request, keys.secretAccessKey);
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `${algorithm} ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
