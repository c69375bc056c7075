import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProxyError } from '../base/errors.ts';
import type { TlsPair } from './self-signed.ts';
import type { MakeServer } from './server.ts';

/** The certificate and key to speak TLS with, by their files, or one that signs itself. */
export type TlsWish = { cert: string | undefined; key: string | undefined; selfSigned: boolean };

/** The way to make a server that speaks TLS. Throws `invalid_request` for files that cannot be used. */
export async function tlsServer(wish: TlsWish, folder: string | undefined): Promise<MakeServer> {
  const [pair, { createServer }] = await Promise.all([tlsPair(wish, folder), import('node:https')]);
  try {
    createServer(pair).close();
  } catch (cause) {
    throw new ProxyError('invalid_request', 'The TLS certificate and its key do not fit together.', {
      fix: 'give the PEM files of one pair, without a passphrase',
      cause,
    });
  }
  return (limits, listener) => createServer({ ...limits, ...pair, minVersion: 'TLSv1.2' }, listener);
}

/** The pair from the person's files, or the development pair kept in `folder`. Throws `invalid_request` for files that cannot be used. */
async function tlsPair({ cert, key, selfSigned }: TlsWish, folder: string | undefined): Promise<TlsPair> {
  if (cert !== undefined && key !== undefined) return { cert: read(cert, '--tls-cert'), key: read(key, '--tls-key') };
  if (!selfSigned || cert !== undefined || key !== undefined)
    throw new ProxyError('invalid_request', 'TLS needs a certificate and its key.', {
      fix: 'give both --tls-cert and --tls-key, or --tls-self-signed for development',
    });
  const { isLasting, selfSignedPair } = await import('./self-signed.ts');
  const files = folder === undefined ? undefined : { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const kept = files && readKept(files);
  if (kept && isLasting(kept.cert, Date.now())) return kept;
  const made = selfSignedPair(Date.now());
  // A new pair at every start would have to be trusted anew at every start.
  if (folder !== undefined && files) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    write(files.key, made.key);
    write(files.cert, made.cert);
  }
  return made;
}

function read(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ProxyError('invalid_request', `${flag}: ${file} cannot be read.`, {
      fix: 'name a PEM file that this user may read',
    });
  }
}

function readKept(files: { cert: string; key: string }): TlsPair | undefined {
  try {
    return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
  } catch {
    return undefined;
  }
}

function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
