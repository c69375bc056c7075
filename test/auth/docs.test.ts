import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { signInSources } from '../../src/auth/sign-in.ts';

test('every test that docs/security.md names as a proof exists', () => {
  const named = readFileSync('docs/security.md', 'utf8').match(/test\/[\w/-]+\.test\.ts/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

test('every way of signing in that must be named by its source is told in docs/signing-in.md', () => {
  const text = readFileSync('docs/signing-in.md', 'utf8');
  const implied = {
    aws: '--profile',
    'identity-center': '--start-url',
    oidc: '--issuer',
    exchange: '--token-endpoint',
  };
  for (const source of signInSources)
    expect(text).toContain(source in implied ? implied[source as keyof typeof implied] : `--source ${source}`);
});
