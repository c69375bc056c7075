import { ProxyError } from '../base/errors.ts';
import type { Principal } from '../converse/call.ts';
import type { AppOptions } from './app-env.ts';
import type { Exchange } from './exchange.ts';
import { keyOf } from './key-ring.ts';

/** Whose key the request holds; undefined for a wrong one or none. */
export function principalOf({ incoming }: Exchange, { keys }: Pick<AppOptions, 'keys'>): Principal | undefined {
  const key = keyOf(incoming.headers);
  return key === undefined ? undefined : keys.verify(key);
}

/** The same. Throws a constant `unauthorized`, the slower the more wrong keys its source tried; a right key never waits. */
export async function authenticate(
  exchange: Exchange,
  options: Pick<AppOptions, 'keys' | 'failedKeys'>,
): Promise<Principal> {
  const principal = principalOf(exchange, options);
  if (principal) return principal;
  await options.failedKeys.wait(exchange.incoming.socket.remoteAddress ?? '');
  throw new ProxyError('unauthorized', 'The API key is missing or wrong.', {
    fix: 'set the API key to the one that claude-bedrock printed at its start, or to CLAUDE_BEDROCK_API_KEY',
  });
}
