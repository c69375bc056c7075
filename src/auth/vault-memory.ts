import { newId } from '../base/ids.ts';
import { probeByWriting, type Vault } from './vault.ts';

/** A vault that forgets everything when the process ends: for CI, containers and people who ask for it by name. */
export function memoryVault(): Vault {
  const records = new Map<string, string>();
  const vault: Omit<Vault, 'probe'> = {
    kind: 'memory',
    get: async (name) => records.get(name),
    set: async (name, value) => {
      records.set(name, value);
    },
    delete: async (name) => records.delete(name),
    close: async () => records.clear(),
  };
  return { ...vault, probe: (patience = 'background') => probeByWriting(vault, newId(''), patience) };
}
