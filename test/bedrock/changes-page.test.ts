import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** A name in a change's words, whatever it is called where it is written. */
const named = (change: string) => change.replace(/\$\{[^}]*\}|<\w+>/g, '<…>');

const page = readFileSync('docs/changes.md', 'utf8');
const listed = [...page.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, change = '']) => change),
);

/** `note(what`, `changed(what`, `dropped(param, what`, and `what` beside `why`. */
const told = [
  /\b(?:note|changed)\(\s*(['`])(.+?)\1,/gs,
  /\bdropped\(\s*[^,()]+,\s*(['`])(.+?)\1,/gs,
  /\bwhat: (['`])(.+?)\1,\s*why\b/gs,
];

test('every change that a request can meet stands in docs/changes.md', () => {
  const files = globSync(['src/{converse,bedrock,http,policy,proxy}/*.ts', 'src/wire/**/*.ts']);
  const changes = files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    return told.flatMap((form) => [...source.matchAll(form)].map(([, , change = '']) => named(change)));
  });
  expect(changes.length).toBeGreaterThan(100);
  const known = new Set(listed.map(named));
  expect([...new Set(changes)].filter((change) => !known.has(change))).toEqual([]);
});

test('a change is short plain ASCII, because it travels in a header behind others and a semicolon', () => {
  expect(listed.length).toBeGreaterThan(100);
  for (const change of listed) expect(change).toMatch(/^[\x20-\x3a\x3c-\x7e]{5,60}$/);
});
