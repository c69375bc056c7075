import { createHash, createHmac } from 'node:crypto';
import type { AwsKeys } from './aws-identity.ts';

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
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const all: Record<string, string> = {
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': stamp,
    'X-Amz-Expires': String(expiresInS),
    'X-Amz-SignedHeaders': 'host',
    ...(keys.sessionToken !== undefined && { 'X-Amz-Security-Token': keys.sessionToken }),
  };
  const search = queryText(all);
  const place = `/${path.map(escapeAll).join('/')}`;
  // The canonical path is escaped twice (for every service but S3).
  const canonical = `/${path.map((segment) => escapeAll(escapeAll(segment))).join('/')}`;
  const request = [method, canonical, search, `host:${host}`, '', 'host', sha256('')].join('\n');
  const signed = ['AWS4-HMAC-SHA256', stamp, scope, sha256(request)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${keys.secretAccessKey}`);
  const signature = hmac(key, signed).toString('hex');
  return `https://${host}${place}?${queryText({ ...all, 'X-Amz-Signature': signature })}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Sorted and escaped as the signature demands: RFC 3986's unreserved characters stay, nothing else. */
function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${escapeAll(name)}=${escapeAll(value)}`)
    .sort()
    .join('&');
}

const escapeAll = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
