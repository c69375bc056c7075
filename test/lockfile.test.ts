import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Lock, missingFrom, platformOf } from '../scripts/complete-lockfile.ts';

test('package-lock.json names every platform package, so that `npm ci` takes it on each system', () => {
  const lock: Lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  expect(
    missingFrom(lock).map(({ name }) => name),
    'run `node scripts/complete-lockfile.ts` after npm has written the lock',
  ).toEqual([]);
});

test('a platform is read from a package name', () => {
  expect(platformOf('@biomejs/cli-linux-x64-musl')).toEqual({ os: ['linux'], cpu: ['x64'], libc: ['musl'] });
  expect(platformOf('@oxc-parser/binding-win32-arm64-msvc')).toEqual({ os: ['win32'], cpu: ['arm64'] });
  expect(platformOf('@oxc-parser/binding-linux-arm-gnueabihf')).toEqual({
    os: ['linux'],
    cpu: ['arm'],
    libc: ['glibc'],
  });
  expect(platformOf('fsevents')).toBeUndefined();
});
