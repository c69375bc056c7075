import { createCipheriv, createDecipheriv, createHash, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { chmod, mkdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../base/ids.ts';
import { isObject, parsedJson } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { probeByWriting, type Vault, vaultError } from './vault.ts';
import { fileStamp, isMissing, syncFolder, writeWhole } from './whole-file.ts';

/** scrypt's cost: 128 MiB and about 0.4 s for each guess at the passphrase (RFC 7914; OWASP's first choice). */
export type ScryptCost = { N: number; r: number; p: number };

const defaultCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };

type Sealed = { iv: string; tag: string; data: string };

export type FileVaultOptions = {
  /** The folder, made 0700; each record is one file, 0600. */
  dir: string;
  /** Asked once, when the first record is touched. */
  passphrase: () => Promise<Secret>;
  cost?: ScryptCost;
};

/**
 * Records as AES-256-GCM files under a key from a passphrase by scrypt. A write is temp file, fsync, rename, fsync of
 * the folder: after a crash the old record or the new one is there, never a torn one. The record's name is
 * authenticated with it, so that one file cannot stand in for another.
 */
export function fileVault(options: FileVaultOptions): Vault {
  const stamp = () => fileStamp(join(options.dir, headerName));
  let opening: Promise<{ key: Buffer; stamp: string }> | undefined;
  const open = () => {
    opening ??= openVault(options).then(
      (key) => ({ key, stamp: stamp() }),
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };
  /** A vault that was thrown away and made anew while we run has another key: ours would damage what is in it. */
  const key = async (): Promise<Buffer> => {
    const known = opening;
    if (known && (await known).stamp !== stamp() && opening === known) opening = undefined;
    return (await open()).key;
  };
  const pathOf = (name: string): string =>
    join(options.dir, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.sealed`);

  const vault: Omit<Vault, 'probe'> = {
    kind: 'file',
    async get(name) {
      const text = await readIfThere(pathOf(name));
      return text === undefined ? undefined : unseal(await key(), name, text);
    },
    async set(name, value) {
      await write(options.dir, pathOf(name), seal(await key(), name, value));
    },
    async delete(name) {
      try {
        await unlink(pathOf(name));
        await syncFolder(options.dir);
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw vaultError('unwritable', String(error));
      }
    },
    async close() {
      const opened = await opening?.catch(() => undefined);
      opened?.key.fill(0);
      opening = undefined;
    },
  };
  return { ...vault, probe: (patience = 'background') => probeByWriting(vault, newId(''), patience) };
}

const check = 'claude-bedrock vault';
const headerName = 'vault.json';

/** The vault's key: from the salt in `vault.json`, proven by a sealed word there; the first use makes that file. */
async function openVault({ dir, passphrase, cost = defaultCost }: FileVaultOptions): Promise<Buffer> {
  await makeFolder(dir);
  const path = join(dir, headerName);
  const secret = await passphrase();
  if ((await readIfThere(path)) === undefined) {
    const salt = randomBytes(32).toString('base64');
    const key = await derive(secret, salt, cost);
    await write(dir, path, JSON.stringify({ version: 1, salt, ...cost, check: seal(key, check, check) }), 'once');
  }
  const header = readHeader((await readIfThere(path)) ?? '');
  const key = await derive(secret, header.salt, header);
  try {
    unseal(key, check, header.check);
  } catch (error) {
    throw vaultError('wrong-passphrase', String(error));
  }
  return key;
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
  } catch (error) {
    throw vaultError('unwritable', String(error));
  }
}

function readHeader(text: string): ScryptCost & { salt: string; check: string } {
  const value: unknown = parsedJson(text);
  if (isObject(value) && value['version'] === 1) {
    const { salt, check: word, N, r, p } = value;
    if (typeof salt === 'string' && typeof word === 'string')
      if (typeof N === 'number' && typeof r === 'number' && typeof p === 'number')
        return { salt, check: word, N, r, p };
  }
  throw vaultError('unreadable', 'vault.json is not a vault header');
}

function derive(passphrase: Secret, salt: string, { N, r, p }: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 2 ** 20 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), Buffer.from(salt, 'base64'), 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function seal(key: Buffer, name: string, value: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
  const data = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  const sealed: Sealed = {
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
  return JSON.stringify(sealed);
}

function unseal(key: Buffer, name: string, text: string): string {
  const sealed = parsedJson(text);
  if (!isObject(sealed)) throw vaultError('unreadable', 'a record is not JSON');
  const { iv, tag, data } = sealed;
  if (typeof iv !== 'string' || typeof tag !== 'string' || typeof data !== 'string')
    throw vaultError('unreadable', 'a record lacks a field');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: 16 })
      .setAAD(Buffer.from(name))
      .setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
  } catch {
    throw vaultError('unreadable', 'a record does not authenticate');
  }
}

async function write(dir: string, path: string, text: string, mode?: 'once'): Promise<void> {
  try {
    await writeWhole(dir, path, text, mode);
  } catch (error) {
    throw vaultError('unwritable', String(error));
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw vaultError('unreadable', String(error));
  }
}
