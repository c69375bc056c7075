import { join } from 'node:path';
import type { Settings } from '../config/schema.ts';
import type { MakeServer } from '../http/server.ts';

/** The way to speak TLS that the settings ask for; undefined for plain HTTP. Throws `invalid_request` for files that cannot be used. */
export async function tlsFor({ listen }: Settings, state: string): Promise<MakeServer | undefined> {
  const { tlsCert: cert, tlsKey: key, tlsSelfSigned: selfSigned } = listen;
  if (cert === undefined && key === undefined && !selfSigned) return undefined;
  return (await import('../http/tls-pair.ts')).tlsServer({ cert, key, selfSigned }, join(state, 'tls'));
}
