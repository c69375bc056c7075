import { ProxyError } from '../base/errors.ts';
import type { Principal } from '../converse/call.ts';
import type { AppOptions } from './app-env.ts';
import type { Exchange } from './exchange.ts';
import { holderOf } from './key-ring.ts';

/** Whose key the request holds. Throws a constant `unauthorized`, the slower the more wrong keys its source tried; a right key never waits. */
export async function authenticate(
  { incoming }: Exchange,
  { keys, failedKeys }: Pick<AppOptions, 'keys' | 'failedKeys'>,
): Promise<Principal> {
  const principal = holderOf(incoming.headers, keys);
  if (principal) return principal;
  await failedKeys.wait(incoming.socket.remoteAddress ?? '');
  throw new ProxyError('unauthorized', 'The API key is missing or wrong.', {
    fix: 'set the API key to the one that claude-bedrock printed at its start, or to CLAUDE_BEDROCK_API_KEY',
  });
}
