import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from './refusal.ts';

export type DemoCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Whom the simulator lets in. */
export type Admission = {
  region: string;
  credentials: DemoCredentials;
  bearerToken: string;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** The parts of a request that a signature covers; `url` is the raw request target. */
export type SignedParts = { method: string; url: string; headers: IncomingHttpHeaders; body: Uint8Array };

type Scope = { accessKeyId: string; date: string; region: string; service: string };

const skewMs = 5 * 60_000;

/** Bedrock's own answer to a caller who may not come in; `undefined` for one who may (AWS Signature Version 4, bearer keys). */
export function refuseCaller(parts: SignedParts, admission: Admission): Refusal | undefined {
  const { authorization } = parts.headers;
  if (authorization === undefined) return denied('MissingAuthenticationTokenException', 'Missing Authentication Token');
  if (authorization.startsWith('Bearer ')) {
    if (same(authorization.slice('Bearer '.length), admission.bearerToken)) return undefined;
    return { status: 403, message: 'Authentication failed: Please make sure your API Key is valid.' };
  }
  return refuseSignature(authorization, parts, admission);
}

/** The service that a signature names; `bedrock` for a bearer key. */
export function signedService(authorization: string | undefined): string {
  return /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization ?? '')?.[1] ?? 'bedrock';
}

function refuseSignature(authorization: string, parts: SignedParts, admission: Admission): Refusal | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match ?? [];
  if (!accessKeyId || !date || !region || !service || !signedHeaders || !signature)
    return denied('IncompleteSignatureException', 'Authorization header is not a complete AWS Signature Version 4.');
  const time = String(parts.headers['x-amz-date'] ?? '');
  return (
    refuseIdentity({ accessKeyId, date, region, service }, parts.headers, admission) ??
    refuseTime(time, date, admission.now()) ??
    refuseSum({ accessKeyId, date, region, service }, time, signedHeaders, signature, parts, admission)
  );
}

function refuseIdentity(scope: Scope, headers: IncomingHttpHeaders, admission: Admission): Refusal | undefined {
  const { credentials } = admission;
  const token = headers['x-amz-security-token'];
  if (scope.accessKeyId !== credentials.accessKeyId || token !== credentials.sessionToken)
    return denied('UnrecognizedClientException', 'The security token included in the request is invalid.');
  if (scope.region !== admission.region)
    return denied(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region, not '${scope.region}'. `,
    );
  if (scope.service !== 'bedrock' && scope.service !== 'bedrock-mantle')
    return denied('InvalidSignatureException', "Credential should be scoped to correct service: 'bedrock'.");
  return undefined;
}

function refuseTime(time: string, date: string, now: number): Refusal | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  if (!parts || !time.startsWith(date))
    return denied('IncompleteSignatureException', 'Date in Credential scope does not match YYYYMMDD from x-amz-date.');
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  const signedAt = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  if (now - signedAt > skewMs)
    return denied(
      'InvalidSignatureException',
      `Signature expired: ${time} is now earlier than ${stamp(now - skewMs)} (${stamp(now)} - 5 min.)`,
    );
  if (signedAt - now > skewMs)
    return denied(
      'InvalidSignatureException',
      `Signature not yet current: ${time} is still later than ${stamp(now + skewMs)} (${stamp(now)} + 5 min.)`,
    );
  return undefined;
}

function refuseSum(
  scope: Scope,
  time: string,
  signedHeaders: string,
  signature: string,
  parts: SignedParts,
  admission: Admission,
): Refusal | undefined {
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const canonical = canonicalRequest(parts, signedHeaders);
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scopeText}\n${sha256(canonical)}`;
  const key = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    (previous, part) => hmac(previous, part),
    Buffer.from(`AWS4${admission.credentials.secretAccessKey}`),
  );
  const claimed = parts.headers['x-amz-content-sha256'];
  const bodyIsSigned = claimed === undefined || claimed === sha256(parts.body);
  if (bodyIsSigned && signedHeaders.split(';').includes('host') && same(hmac(key, toSign).toString('hex'), signature))
    return undefined;
  return denied(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

/** The path is encoded once more than it travels: `%3A` becomes `%253A` (every service but S3). */
function canonicalRequest({ method, url, headers, body }: SignedParts, signedHeaders: string): string {
  const [path = '/', query = ''] = url.split('?', 2);
  const lines = signedHeaders.split(';').map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/\s+/g, ' ')}\n`,
  );
  const sorted = query
    .split('&')
    .filter(Boolean)
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort();
  return [
    method,
    path.split('/').map(escapeStrictly).join('/'),
    sorted.join('&'),
    lines.join(''),
    signedHeaders,
    sha256(body),
  ].join('\n');
}

const escapeStrictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
const denied = (type: string, message: string): Refusal => ({ status: 403, type, message });

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
