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

/**
 * Who the request's keys belong to. Some clients send a stale `Authorization` of their own beside the right `x-api-key`, or
 * the other way round: one right key is enough. Every key is verified whatever the others said, so the time tells
 * nothing of which was right.
 */
export function holderOf(headers: IncomingHttpHeaders, keys: KeyRing): Principal | undefined {
  const [first] = keysOf(headers)
    .map((key) => keys.verify(key))
    .filter((principal) => principal !== undefined);
  return first;
}

/** The keys as the three kinds of client send them; never from the URL, where they would end up in logs. */
function keysOf({ authorization, 'x-api-key': anthropic, 'api-key': azure }: IncomingHttpHeaders): string[] {
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+)\s*$/i.exec(authorization)?.[1];
  return [bearer, anthropic, azure].filter((key): key is string => typeof key === 'string' && key !== '');
}
