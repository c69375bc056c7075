import { statSync } from 'node:fs';
import { link, open, rename, unlink } from 'node:fs/promises';
import { newId } from '../base/ids.ts';
import { isObject } from '../base/json.ts';

/**
 * Writes a 0600 file so that a crash at any point leaves the old text or the new one: temp file, fsync, rename, fsync of
 * the folder. `once` leaves a file that is already there as it is. Throws node's error.
 */
export async function writeWhole(dir: string, path: string, text: string, mode?: 'once'): Promise<void> {
  const temporary = `${path}.${newId('', 8)}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode === 'once') await linkOnce(temporary, path);
    else await rename(temporary, path);
    await syncFolder(dir);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Two processes may make the same file at the same moment: the first one's stays. */
async function linkOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!isObject(error) || error['code'] !== 'EEXIST') throw error;
  }
  await unlink(temporary);
}

/** A rename is durable only when its folder is; Windows cannot open folders and does not need it. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** Whether an error says that there is no such file. */
export const isMissing = (error: unknown): boolean => isObject(error) && error['code'] === 'ENOENT';

/** Differs after a file was replaced, edited, made, removed or shut: our writes give it a new inode, an editor's a new time or size. */
export function fileStamp(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? `${stat.ino}:${stat.mtimeMs}:${stat.size}` : '';
  } catch (error) {
    // The folder's permission may be taken away while the server looks; whoever reads the file then tells it.
    return isObject(error) ? String(error['code']) : 'unreadable';
  }
}
