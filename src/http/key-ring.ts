import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Secret } from '../base/secret.ts';
import type { Principal } from '../converse/call.ts';

/** Who holds which key. `verify` takes the same time for every wrong key. */
export type KeyRing = { verify(key: string): Principal | undefined };

/** A ring with one key, whose holder may do everything. */
export function singleKey(secret: Secret, principal: Principal): KeyRing {
  const expected = digest(secret.reveal());
  return { verify: (key) => (timingSafeEqual(digest(key), expected) ? principal : undefined) };
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** The key as the three kinds of client send it; never from the URL, where it would end up in logs. */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const bearer = /^bearer +(\S+)\s*$/i.exec(authorization)?.[1];
    if (bearer !== undefined) return bearer;
  }
  const key = headers['x-api-key'] ?? headers['api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}
