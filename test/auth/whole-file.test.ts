import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileStamp } from '../../src/auth/whole-file.ts';
import { tempFolder } from '../temp-folder.ts';

test('a file that cannot be looked at has a stamp of its own: a timer that asks for it must not end the process', () => {
  const folder = tempFolder('stamp-');
  const path = join(folder, 'file');
  expect(fileStamp(path)).toBe('');
  writeFileSync(path, 'x');
  expect(fileStamp(path)).toMatch(/^\d+:/);
  const loop = join(folder, 'loop');
  symlinkSync(loop, loop);
  expect(fileStamp(loop)).toBe('ELOOP');
});
