import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProxyError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { isObject, parsedJson } from '../base/json.ts';
import type { KeyTrace } from './key-material.ts';
import type { TakeLock } from './lock.ts';
import { isMissing, writeWhole } from './whole-file.ts';

/** One local key without its secret. Times are wall milliseconds. */
export type KeyEntry = {
  id: string;
  name: string;
  scope: 'inference' | 'admin';
  models?: readonly string[] | undefined;
  createdAt: number;
  expiresAt?: number | undefined;
  /** The newest last; those before it count until `endsAt`, the grace of a rotation. */
  traces: readonly (KeyTrace & { endsAt?: number | undefined })[];
};

/** The keys of one installation. `instance` is the audience of its client tokens. */
export type KeyIndex = { version: 1; instance: string; keys: readonly KeyEntry[] };

const emptyIndex = (): KeyIndex => ({ version: 1, instance: newId('proxy_', 16), keys: [] });

/** Reads the text of an index; throws `internal` with a fix when it is not one. */
export function parseIndex(text: string): KeyIndex {
  const value = parsedJson(text);
  if (isIndex(value)) return value;
  throw new ProxyError('internal', 'The list of local keys (keys.json) is damaged.', {
    fix: 'restore keys.json from a backup, or remove it and run: claude-bedrock key create',
  });
}

function isIndex(value: unknown): value is KeyIndex {
  return (
    isObject(value) &&
    value['version'] === 1 &&
    typeof value['instance'] === 'string' &&
    Array.isArray(value['keys']) &&
    value['keys'].every(
      (key: unknown) =>
        isObject(key) &&
        typeof key['id'] === 'string' &&
        typeof key['name'] === 'string' &&
        (key['scope'] === 'inference' || key['scope'] === 'admin') &&
        (key['models'] === undefined || isTexts(key['models'])) &&
        Array.isArray(key['traces']) &&
        key['traces'].every(
          (trace: unknown) => isObject(trace) && isTexts([trace['hash'], trace['publicKey']]) && isEnd(trace['endsAt']),
        ) &&
        isEnd(key['expiresAt']),
    )
  );
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');

/** What is no number would be compared as "never". */
const isEnd = (value: unknown): boolean => value === undefined || typeof value === 'number';

/** The index of keys; empty where there is no file yet. Throws what `parseIndex` and the file system throw. */
export async function readIndex(path: string): Promise<KeyIndex> {
  try {
    return parseIndex(await readFile(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return emptyIndex();
    throw error;
  }
}

/** Changes the index under a lock, so that two commands at once lose nothing; the file is replaced whole. */
export async function changeIndex<T>(
  path: string,
  takeLock: TakeLock,
  change: (index: KeyIndex) => Promise<{ keys: readonly KeyEntry[]; result: T }>,
): Promise<T> {
  const release = await takeLock('keys', 10_000);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const index = await readIndex(path);
    const { keys, result } = await change(index);
    await writeWhole(dirname(path), path, `${JSON.stringify({ ...index, keys }, undefined, 2)}\n`);
    return result;
  } finally {
    release();
  }
}
