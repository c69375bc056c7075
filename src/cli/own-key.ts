import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';

/** A key for a server that is told none, as long as it runs: 256 bits, and a prefix by which secret scanners know it for what it is. */
export const keyForRun = (): Secret => new Secret(`sk-cb-${randomBytes(32).toString('base64url')}`);

/** The name of the key that the first run makes for this person's editors. */
export const editorKey = 'editor';

/** A key that opens the running proxy, for a command of this person: the variable's, else one from the vault. Throws what the vault throws. */
export async function ownKey(loaded: Loaded): Promise<Secret | undefined> {
  if (loaded.apiKey) return loaded.apiKey;
  const name = await keyName(loaded);
  if (name === undefined) return undefined;
  const { useIdentityRoom } = await import('./identity-room.ts');
  return useIdentityRoom(loaded, ({ keys }) => keys.show(name));
}

/** The name of a key that may do most, without opening the vault; undefined when there is none. */
export async function keyName({ paths }: Pick<Loaded, 'paths'>): Promise<string | undefined> {
  const file = join(paths.state, 'keys.json');
  // Most starts have no such file, and need not load what reads it.
  if (!existsSync(file)) return undefined;
  const { keys } = await (await import('../auth/key-index.ts')).readIndex(file);
  const living = keys.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > Date.now());
  return (living.find(({ scope }) => scope === 'admin') ?? living[0])?.name;
}

/** The editors' key, made if it is not there yet. Throws what the vault throws. */
export async function ensureEditorKey(loaded: Loaded): Promise<{ key: Secret; isNew: boolean }> {
  const { useIdentityRoom } = await import('./identity-room.ts');
  return useIdentityRoom(loaded, async ({ keys }) => {
    const known = (await keys.list()).find(({ name }) => name === editorKey);
    if (known) return { key: await keys.show(editorKey), isNew: false };
    return { key: (await keys.create({ name: editorKey })).key, isNew: true };
  });
}
