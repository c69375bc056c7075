import { join } from 'node:path';
import type { Secret } from '../base/secret.ts';
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
