import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeStateFile } from '../../src/config/state-file.ts';
import { tempFolder } from '../temp-folder.ts';

test('a file that cannot be put in its place leaves no draft behind', () => {
  const folder = tempFolder('state-');
  const path = join(folder, 'note.json');
  mkdirSync(join(path, 'in the way'), { recursive: true });
  expect(() => writeStateFile(path, { a: 1 })).toThrow();
  expect(readdirSync(folder)).toEqual(['note.json']);
});
