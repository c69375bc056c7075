import { join } from 'node:path';
import { readIndex } from '../auth/key-index.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import { useIdentityRoom } from './identity-room.ts';

/** The name of the key that the first run makes for this person's editors. */
export const editorKey = 'editor';

/** A key that opens the running proxy, for a command of this person: the variable's, else one from the vault. Throws what the vault throws. */
export async function ownKey(loaded: Loaded): Promise<Secret | undefined> {
  if (loaded.apiKey) return loaded.apiKey;
  const name = await keyName(loaded);
  return name === undefined ? undefined : useIdentityRoom(loaded, ({ keys }) => keys.show(name));
}

/** The name of a key that may do most, without opening the vault; undefined when there is none. */
export async function keyName({ paths }: Pick<Loaded, 'paths'>): Promise<string | undefined> {
  const { keys } = await readIndex(join(paths.state, 'keys.json'));
  const living = keys.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > Date.now());
  return (living.find(({ scope }) => scope === 'admin') ?? living[0])?.name;
}

/** The editors' key, made if it is not there yet. Throws what the vault throws. */
export function ensureEditorKey(loaded: Loaded): Promise<{ key: Secret; isNew: boolean }> {
  return useIdentityRoom(loaded, async ({ keys }) => {
    const known = (await keys.list()).find(({ name }) => name === editorKey);
    if (known) return { key: await keys.show(editorKey), isNew: false };
    return { key: (await keys.create({ name: editorKey })).key, isNew: true };
  });
}
