import { join } from 'node:path';
import type { CurrentIdentity } from '../auth/current-identity.ts';
import { localKeyRing } from '../auth/local-key-ring.ts';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { once } from '../base/once.ts';
import type { Secret } from '../base/secret.ts';
import type { Settings } from '../config/schema.ts';
import { type KeyRing, singleKey } from '../http/key-ring.ts';
import type { Recorder } from '../observe/recorder.ts';

/** The run's own key, and those of `key create`. */
export function keyRing(apiKey: Secret, state: string | undefined, clock: Clock): KeyRing {
  const own = singleKey(apiKey, { id: 'local', name: 'local key', scope: 'admin' });
  if (state === undefined) return own;
  const local = localKeyRing(join(state, 'keys.json'), clock);
  return { verify: (key) => own.verify(key) ?? local.verify(key) };
}

/** How this installation is signed in. The vault opens when a sign-in first needs it. */
export async function openIdentity(
  settings: Settings,
  state: string,
  recorder: Recorder,
  clock: Clock,
): Promise<CurrentIdentity> {
  const { currentIdentity } = await import('../auth/current-identity.ts');
  const parts = once(async () => {
    const [{ locksIn }, { openVault }] = await Promise.all([
      import('../auth/lock.ts'),
      import('../auth/open-vault.ts'),
    ]);
    const { store, passphraseFile } = settings.vault;
    const vault = await openVault({ kind: store, dir: state, passphrase: () => readPassphrase(passphraseFile) });
    const onRefresh = (provider: string, outcome: string, durationMs: number) =>
      recorder.write({ type: 'refresh', provider, outcome, durationMs });
    return { vault, takeLock: locksIn(join(state, 'locks'), clock), clock, env: process.env, onRefresh };
  });
  const current = currentIdentity(state, parts);
  return {
    provide: current.provide,
    async close() {
      await current.close();
      if (parts.started()) await (await parts()).vault.close();
    },
  };
}

/** A server asks nobody: the passphrase of a file vault must come from a file. */
async function readPassphrase(file: string | undefined): Promise<Secret> {
  if (file !== undefined) return (await import('../auth/open-vault.ts')).passphraseIn(file);
  throw new ProxyError('sign_in_needed', 'The vault file is closed: its passphrase is needed.', {
    fix: 'set CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE to a file that holds it, and start again',
  });
}
