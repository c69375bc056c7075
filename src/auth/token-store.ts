import { parseRecord, type TokenRecord } from './token-record.ts';
import { type Patience, type Vault, vaultError } from './vault.ts';

/** One token record in a vault; a write counts only when it reads back. */
export type TokenStore = {
  read(patience?: Patience): Promise<TokenRecord | undefined>;
  write(record: TokenRecord, patience?: Patience): Promise<void>;
  /** Deletes, and throws unless the record is then gone. */
  erase(patience?: Patience): Promise<void>;
};

/** The record of that name in a vault. Its calls throw what the vault throws. */
export function tokenStore(vault: Vault, name: string): TokenStore {
  return {
    async read(patience) {
      const text = await vault.get(name, patience);
      return text === undefined ? undefined : parseRecord(text);
    },
    async write(record, patience) {
      const text = JSON.stringify(record);
      await vault.set(name, text, patience);
      if ((await vault.get(name, patience)) !== text) throw vaultError('unwritable', 'a record came back different');
    },
    async erase(patience) {
      await vault.delete(name, patience);
      if ((await vault.get(name, patience)) !== undefined)
        throw vaultError('unwritable', 'a record is still there after it was deleted');
    },
  };
}
