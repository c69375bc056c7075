import { percentEncoded } from '../base/percent-encoded.ts';
import type { AwsKeys } from './aws-identity.ts';
import { algorithm, sha256, sigv4 } from './sigv4.ts';

/** What is to be signed into a URL. */
export type Presigned = {
  method: 'GET' | 'POST';
  host: string;
  /** Segments of the path, not escaped; absent: `/`. */
  path?: readonly string[];
  service: string;
  region: string;
  query: Readonly<Record<string, string>>;
  keys: AwsKeys;
  expiresInS: number;
  /** Wall milliseconds. */
  now: number;
};

/** A URL that acts with these keys until it expires (AWS Signature Version 4, query form). It is as secret as they are. */
export function presign({ method, host, path = [], service, region, query, keys, expiresInS, now }: Presigned): string {
  const { stamp, scope, sign } = sigv4({ service, region, now });
  const all: Record<string, string> = {
    ...query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': stamp,
    'X-Amz-Expires': String(expiresInS),
    'X-Amz-SignedHeaders': 'host',
    ...(keys.sessionToken !== undefined && { 'X-Amz-Security-Token': keys.sessionToken }),
  };
  const search = queryText(all);
  const place = `/${path.map(percentEncoded).join('/')}`;
  // The canonical path is escaped twice (for every service but S3).
  const canonical = `/${path.map((segment) => percentEncoded(percentEncoded(segment))).join('/')}`;
  const request = [method, canonical, search, `host:${host}`, '', 'host', sha256('')].join('\n');
  const signature = sign(request, keys.secretAccessKey);
  return `https://${host}${place}?${queryText({ ...all, 'X-Amz-Signature': signature })}`;
}

/** Sorted, as the signature demands. */
function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`)
    .sort()
    .join('&');
}
