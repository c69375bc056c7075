import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync('docs/changes.md', 'utf8');
const noted = /\bnote\(\s*(['`])([^'`]+)\1/g;

test('every change that a request can meet stands in docs/changes.md', () => {
  const files = globSync('src/{converse,bedrock}/*.ts');
  const changes = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(noted)].map((match) => match[2] ?? ''),
  );
  expect(changes.length).toBeGreaterThan(50);
  const missing = changes
    .map((change) => change.replace(/\$\{(\w+)\}/g, '<$1>'))
    .filter((change) => change !== '<key> dropped' && !page.includes(`\`${change}\``));
  expect(missing).toEqual([]);
});

test('a change is short plain ASCII, because it travels in a header', () => {
  const listed = [...page.matchAll(/^\| `([^`]+)` *\|/gm)].map((match) => match[1] ?? '');
  expect(listed.length).toBeGreaterThan(50);
  for (const change of listed) expect(change).toMatch(/^[\x20-\x2b\x2d-\x7e]{5,60}$/);
});
