import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { IdentityParts } from '../auth/identity-parts.ts';
import { type LocalKeys, localKeys } from '../auth/local-keys.ts';
import { locksIn } from '../auth/lock.ts';
import { openVault, passphraseIn } from '../auth/open-vault.ts';
import type { Vault } from '../auth/vault.ts';
import { systemClock } from '../base/clock.ts';
import { ProxyError, toProxyError } from '../base/errors.ts';
import { faultText } from '../base/fault-text.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import { askSecret } from './ask.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { fileFault } from './file-fault.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';
import { canAsk } from './terminal.ts';

/** What the commands about identity work with. */
export type IdentityRoom = { loaded: Loaded; dir: string; parts: IdentityParts; keys: LocalKeys };

/**
 * Opens the vault of the settings for one command and closes it after it; every failure is told in three lines, and
 * gives its exit code.
 */
export async function inIdentityRoom(
  output: Output,
  work: (room: IdentityRoom) => Promise<ExitCode>,
): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  try {
    return await useIdentityRoom(loaded, work);
  } catch (thrown) {
    const fault = fileFault(thrown);
    if (!fault) return tell(toProxyError(thrown), output);
    output.fail(fault);
    return exitCodes.failed;
  }
}

/** Opens the vault of these settings, and closes it when the work is over or failed. */
export async function useIdentityRoom<T>(loaded: Loaded, work: (room: IdentityRoom) => Promise<T>): Promise<T> {
  const dir = loaded.paths.state;
  const vault = await vaultOf(loaded, false);
  const takeLock = locksIn(join(dir, 'locks'), systemClock);
  const parts: IdentityParts = { vault, takeLock, clock: systemClock, env: process.env, home: homedir() };
  const keys = localKeys({ path: join(dir, 'keys.json'), vault, takeLock, clock: systemClock });
  try {
    return await work({ loaded, dir, parts, keys });
  } finally {
    await vault.close();
  }
}

/** The vault of the settings; a file vault asks for its passphrase when it must, and may. */
export function vaultOf({ settings, paths }: Loaded, noInput: boolean): Promise<Vault> {
  const { store, passphraseFile } = settings.vault;
  const isNew = !existsSync(join(paths.state, 'vault', 'vault.json'));
  return openVault({
    kind: store,
    dir: paths.state,
    passphrase: () => vaultPassphrase(passphraseFile, isNew, noInput),
  });
}

/**
 * The passphrase of a file vault: from a file that only this person reads (a systemd credential, say), else typed, and
 * twice for a new vault. Never from a pipe: what is piped in is the secret that a command is about to store.
 */
async function vaultPassphrase(file: string | undefined, isNew: boolean, noInput: boolean): Promise<Secret> {
  if (file !== undefined) return passphraseIn(file);
  if (!canAsk(noInput))
    throw new ProxyError(
      'invalid_request',
      'The passphrase of the vault file is needed, and nobody can be asked here.',
      {
        fix: 'set CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE to a file that holds it',
      },
    );
  const passphrase = await askSecret(isNew ? 'A passphrase for the new vault' : 'Passphrase of the vault', false);
  if (isNew && (await askSecret('The same once more', false)).reveal() !== passphrase.reveal())
    throw new ProxyError('invalid_request', 'The two passphrases differ; nothing was stored.', {
      fix: 'run the command again, and type the same one twice',
    });
  return passphrase;
}

/** Tells a failure in three lines and gives its exit code. */
export function tell(error: ProxyError, output: Output): ExitCode {
  const { detail, cause: thrown, fix } = error.facts;
  // Of an error that is not ours the words may quote a secret; its place in the code does not.
  const told = thrown === undefined ? detail : faultText(thrown);
  output.fail({ error: error.publicMessage, cause: error.code === 'internal' ? told : undefined, fix });
  switch (error.code) {
    case 'sign_in_needed':
      return exitCodes.signInNeeded;
    case 'invalid_request':
    case 'unsupported':
      return exitCodes.usage;
    case 'forbidden':
    case 'upstream_unavailable':
    case 'upstream_limited':
    case 'upstream_rejected':
      return exitCodes.upstreamRefused;
    default:
      return exitCodes.failed;
  }
}
