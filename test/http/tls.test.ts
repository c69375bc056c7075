import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { isLasting, selfSignedPair } from '../../src/http/self-signed.ts';
import { tlsServer } from '../../src/http/tls-pair.ts';

test('the development certificate is well formed, for the three local names only, and signs nothing else', () => {
  const now = Date.now();
  const { cert } = selfSignedPair(now);
  const read = new X509Certificate(cert);
  expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(read.checkHost('localhost')).toBe('localhost');
  expect(read.checkIP('::1')).toBe('::1');
  expect(read.checkHost('example.com')).toBeUndefined();
  expect(read.ca).toBe(false);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(Date.parse(read.validTo) - now).toBeLessThan(825 * 86_400_000);
  expect(isLasting(cert, now)).toBe(true);
  expect(isLasting(cert, now + 380 * 86_400_000)).toBe(false);
});

test('a hundred certificates are all readable: no number begins with the wrong bit', () => {
  for (let n = 0; n < 100; n++)
    expect(new X509Certificate(selfSignedPair(n * 1e9 + 1e12).cert).serialNumber).toHaveLength(32);
});

test('a client that trusts the certificate gets through, a client that does not is refused', async () => {
  const pair = selfSignedPair(Date.now());
  const server = createServer(pair, (_, answer) => answer.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const get = async (ca?: string): Promise<string> => {
    const asked = request(`https://127.0.0.1:${port}/`, { agent: false, ...(ca && { ca }), timeout: 5_000 }).end();
    const [answer] = await once(asked, 'response');
    return text(answer);
  };
  expect(await get(pair.cert)).toBe('ok');
  await expect(get()).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  server.close();
});

test('the pair is kept for the owner alone and used again; files that do not fit are told before anything listens', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const wish = { cert: undefined, key: undefined, selfSigned: true };
  await tlsServer(wish, folder);
  const first = readFileSync(join(folder, 'cert.pem'), 'utf8');
  await tlsServer(wish, folder);
  expect(readFileSync(join(folder, 'cert.pem'), 'utf8')).toBe(first);
  expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600);
  const cert = join(folder, 'cert.pem');
  await expect(tlsServer({ cert, key: cert, selfSigned: false }, folder)).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await expect(tlsServer({ cert, key: undefined, selfSigned: false }, folder)).rejects.toThrow(
    'needs a certificate and its key',
  );
  rmSync(folder, { recursive: true });
});
