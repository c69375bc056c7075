import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import type { Output } from './output.ts';

/** A key to send to the proxy, and where the person finds it again. */
export type ClientKey = { key: Secret; from: 'environment' | 'vault' };

/**
 * `CLAUDE_BEDROCK_API_KEY`, else the client's own key in the vault, made when there is none: it may ask models only, and
 * is revoked alone. Undefined, with a note, where there is no vault that lasts.
 */
export async function clientKey(
  name: string,
  loaded: Loaded,
  output: Output,
  noInput: boolean,
): Promise<ClientKey | undefined> {
  if (loaded.apiKey) return { key: loaded.apiKey, from: 'environment' };
  // A key that only memory holds would be lost with this command.
  if (loaded.settings.vault.store === 'memory') return undefined;
  try {
    return { key: await vaultKey(name, loaded, noInput), from: 'vault' };
  } catch (thrown) {
    const { publicMessage, facts } = toProxyError(thrown);
    output.warn(`no key of its own for ${name}: ${publicMessage}`);
    if (facts.fix !== undefined) output.note(`fix: ${facts.fix}`);
    return undefined;
  }
}

async function vaultKey(name: string, loaded: Loaded, noInput: boolean): Promise<Secret> {
  const { paths } = loaded;
  const [{ vaultOf }, { localKeys }, { locksIn }] = await Promise.all([
    import('./identity-room.ts'),
    import('../auth/local-keys.ts'),
    import('../auth/lock.ts'),
  ]);
  const vault = await vaultOf(loaded, noInput);
  try {
    const takeLock = locksIn(join(paths.state, 'locks'), systemClock);
    const keys = localKeys({ path: join(paths.state, 'keys.json'), vault, takeLock, clock: systemClock });
    const known = (await keys.list()).find((facts) => facts.name === name);
    if (!known) return (await keys.create({ name })).key;
    if (known.state === 'active') return await keys.show(name);
    return (await keys.rotate(name, 0)).key;
  } finally {
    await vault.close();
  }
}
