import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { passphraseIn } from '../../src/auth/open-vault.ts';
import { troubleOf } from '../../src/auth/vault.ts';
import { fileVault } from '../../src/auth/vault-file.ts';
import { memoryVault } from '../../src/auth/vault-memory.ts';
import { Secret } from '../../src/base/secret.ts';

let dir = '';
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'vault-')), 'v');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

const cost = { N: 1_024, r: 8, p: 1 };
const open = (words = 'correct horse') => fileVault({ dir, passphrase: async () => new Secret(words), cost });
const failure = (work: Promise<unknown>) => work.then(() => 'worked', troubleOf);

test('what one process seals another opens with the same passphrase; nothing on disk is in clear', async () => {
  await open().set('token', 'canary-4711');
  expect(await open().get('token')).toBe('canary-4711');
  const files = readdirSync(dir);
  expect(files).toHaveLength(2);
  for (const file of files) {
    expect(readFileSync(join(dir, file), 'utf8')).not.toMatch(/canary|token|horse/);
    expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  }
  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

test('a wrong passphrase, a changed byte and a record under another name are three clear refusals', async () => {
  const vault = open();
  await vault.set('a', 'one');
  await vault.set('b', 'two');
  expect(await failure(open('battery staple').get('a'))).toBe('wrong-passphrase');
  const [first, second] = readdirSync(dir)
    .filter((file) => file.endsWith('.sealed'))
    .map((file) => join(dir, file));
  if (!first || !second) throw new Error('two records expected');
  const [one, two] = [readFileSync(first, 'utf8'), readFileSync(second, 'utf8')];
  writeFileSync(first, two);
  expect([await failure(open().get('a')), await failure(open().get('b'))]).toContain('unreadable');
  for (let at = 0; at < one.length; at += 7) {
    writeFileSync(first, `${one.slice(0, at)}${one[at] === 'A' ? 'B' : 'A'}${one.slice(at + 1)}`);
    expect(await failure(Promise.all([vault.get('a'), vault.get('b')]))).toBe('unreadable');
  }
});

test('a header that lacks a member, or holds another kind of value, is unreadable', async () => {
  await open().set('a', 'one');
  const file = join(dir, 'vault.json');
  const header: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  for (const member of Object.keys(header)) {
    for (const value of [undefined, null, {}]) {
      writeFileSync(file, JSON.stringify({ ...header, [member]: value }));
      expect([member, value, await failure(open().get('a'))]).toEqual([member, value, 'unreadable']);
    }
  }
});

test('a vault that was removed and made anew while a server runs is opened anew, and not written to with the old key', async () => {
  const server = open();
  await server.set('token', 'canary-old');
  rmSync(dir, { recursive: true });
  const login = open('another passphrase');
  await login.set('token', 'canary-new');
  expect(await failure(server.set('token', 'canary-old'))).toBe('wrong-passphrase');
  rmSync(dir, { recursive: true });
  await open().set('token', 'canary-newest');
  expect(await server.get('token')).toBe('canary-newest');
  await server.set('token', 'canary-rotated');
  expect(await open().get('token')).toBe('canary-rotated');
});

test('a folder that refuses writes is named before anything is spent', async () => {
  const vault = open();
  await vault.set('a', 'one');
  rmSync(dir, { recursive: true });
  writeFileSync(dir, 'a file where the folder should be');
  expect(await failure(vault.probe())).toMatch(/un(writ|read)able/);
});

test('four processes that make the vault at the same moment agree on one key', async () => {
  const vaults = [open(), open(), open(), open()];
  await Promise.all(vaults.map((vault, at) => vault.set(`r${at}`, `value ${at}`)));
  for (let at = 0; at < 4; at++) expect(await open().get(`r${at}`)).toBe(`value ${at}`);
});

test.each(['file', 'memory'] as const)(
  '%s: absent is undefined, delete tells whether something was there, the probe leaves nothing',
  async (kind) => {
    const vault = kind === 'file' ? open() : memoryVault();
    expect(vault.kind).toBe(kind);
    await vault.probe();
    expect(await vault.get('x')).toBeUndefined();
    expect(await vault.delete('x')).toBe(false);
    await vault.set('x', 'y');
    expect(await vault.delete('x')).toBe(true);
    expect(await vault.get('x')).toBeUndefined();
    expect(inspect(vault, { depth: 9, showHidden: true })).not.toContain('horse');
    await vault.close();
  },
);

test('a passphrase file that is empty or missing seals nothing: each is told, with its name', async () => {
  const file = join(dir, '..', 'passphrase');
  await expect(passphraseIn(file)).rejects.toMatchObject({
    code: 'sign_in_needed',
    publicMessage: expect.stringMatching(/ENOENT.*passphrase$/),
  });
  writeFileSync(file, ' \n');
  await expect(passphraseIn(file)).rejects.toMatchObject({ publicMessage: expect.stringMatching(/is empty/) });
  writeFileSync(file, 'correct horse\n');
  expect((await passphraseIn(file)).reveal()).toBe('correct horse');
});
