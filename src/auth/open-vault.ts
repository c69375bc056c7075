import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import type { Vault } from './vault.ts';

/** Which vault the settings ask for. */
export type VaultWish = {
  kind: Vault['kind'];
  /** The state folder; the file vault lives in `vault` below it. */
  dir: string;
  passphrase: () => Promise<Secret>;
};

/** The vault that was chosen, and no other: a keyring that is missing is told, never replaced silently. */
export async function openVault({ kind, dir, passphrase }: VaultWish): Promise<Vault> {
  switch (kind) {
    case 'keyring':
      return (await import('./keyring.ts')).keyringVault();
    case 'file':
      return (await import('./vault-file.ts')).fileVault({ dir: join(dir, 'vault'), passphrase });
    case 'memory':
      return (await import('./vault-memory.ts')).memoryVault();
    default:
      return kind satisfies never;
  }
}

/** The passphrase of a file vault, out of the file that holds it alone. Throws `sign_in_needed` for one that is empty or cannot be read. */
export async function passphraseIn(file: string): Promise<Secret> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = isObject(error) ? String(error['code']) : '';
    throw noPassphrase(`The file of the vault’s passphrase cannot be read (${code}): ${file}`);
  });
  const passphrase = text.trim();
  // A secret that was not mounted would otherwise seal a new vault with what everybody knows.
  if (passphrase === '') throw noPassphrase(`The file of the vault’s passphrase is empty: ${file}`);
  return new Secret(passphrase);
}

const noPassphrase = (what: string): ProxyError =>
  new ProxyError('sign_in_needed', what, {
    fix: 'set CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE to a file that holds it, and that you can read',
  });
