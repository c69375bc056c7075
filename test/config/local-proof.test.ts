import { readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkProof, leaveProof } from '../../src/config/local-proof.ts';
import { tempFolder } from '../temp-folder.ts';

const folder = (): string => tempFolder('claude-bedrock-proof-');

test('a proof holds once, and leaves nothing behind', () => {
  const here = folder();
  const { proof } = leaveProof(here);
  expect(readdirSync(here)).toHaveLength(1);
  expect(readdirSync(here)[0]).not.toContain(proof);
  expect(checkProof(here, proof, Date.now())).toBe(true);
  expect(checkProof(here, proof, Date.now())).toBe(false);
  expect(readdirSync(here)).toEqual([]);
});

test('a proof is empty and nobody else’s to read', () => {
  const here = folder();
  leaveProof(here);
  const { size, mode } = statSync(join(here, readdirSync(here)[0] ?? ''));
  expect(size).toBe(0);
  if (process.platform !== 'win32') expect(mode & 0o077).toBe(0);
});

test('an old proof, another folder’s, a taken one and a guess are none', () => {
  const here = folder();
  const old = leaveProof(here);
  const file = join(here, readdirSync(here)[0] ?? '');
  utimesSync(file, new Date(0), new Date(0));
  expect(checkProof(here, old.proof, Date.now())).toBe(false);
  const taken = leaveProof(here);
  taken.take();
  expect(checkProof(here, taken.proof, Date.now())).toBe(false);
  expect(checkProof(here, leaveProof(folder()).proof, Date.now())).toBe(false);
  for (const guess of ['', '../x', 'a'.repeat(43), '/etc/passwd'])
    expect(checkProof(here, guess, Date.now())).toBe(false);
});

test('a link to a file is no file of ours', () => {
  const here = folder();
  const { proof } = leaveProof(here);
  const name = readdirSync(here)[0] ?? '';
  const elsewhere = folder();
  writeFileSync(join(elsewhere, 'target'), '');
  symlinkSync(join(elsewhere, 'target'), join(elsewhere, name));
  expect(checkProof(elsewhere, proof, Date.now())).toBe(false);
});
