import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { clientPages } from '../scripts/client-docs.ts';
import { configDocs } from '../scripts/config-docs.ts';
import { errorCodes } from '../src/base/errors.ts';
import { placesOf } from '../src/config/check.ts';
import { settingsSchema } from '../src/config/schema.ts';
import { formatRoutes } from '../src/http/formats.ts';

const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md')];
const read = (page: string): string => readFileSync(page, 'utf8');

/** What a heading's link is called: GitHub's rule. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

test('every link in the docs leads to a file, and to a heading that it has', () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', heading] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      const headings = existsSync(file) && file.endsWith('.md') ? [...read(file).matchAll(/^#+ (.*)$/gm)] : [];
      const known = headings.map(([, text = '']) => anchor(text));
      if (!existsSync(file)) broken.push(`${page}: ${target} is no file`);
      else if (heading !== undefined && !known.includes(heading)) broken.push(`${page}: ${target} is no heading`);
    }
  }
  expect(broken).toEqual([]);
});

test('every file that the docs name in code exists', () => {
  const named = /`((?:src|test|scripts|docs)\/[\w./-]+)`/g;
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(named)].flatMap(([, path = '']) => (existsSync(path) ? [] : [`${page}: ${path}`])),
  );
  expect(missing).toEqual([]);
});

test('every error code has its row in docs/errors.md, and no row is left over', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(\w+)` +\|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual([...errorCodes].sort());
});

test('docs/config.md is what the settings say now (npm run docs writes it anew)', () => {
  expect(read('docs/config.md')).toBe(configDocs());
  for (const { path } of placesOf(settingsSchema)) expect(read('docs/config.md')).toContain(`\`${path}\``);
});

test('docs/clients has the page of each client, and it is what connect does now (npm run docs writes it anew)', () => {
  for (const { name, text } of clientPages()) expect(read(`docs/clients/${name}.md`)).toBe(text);
});

test('settings are described in sentences, and each variable sets one of them', () => {
  const places = placesOf(settingsSchema);
  for (const { path, setting } of places)
    expect([path, setting.description]).toEqual([path, expect.stringMatching(/[.!]$/)]);
  const variables = places.flatMap(({ setting }) => setting.env ?? []);
  expect(new Set(variables).size).toBe(variables.length);
});

test('every package that the program runs with has its row in docs/dependencies.md, with its version', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const page = read('docs/dependencies.md');
  const missing = Object.entries(dependencies).filter(
    ([name, version]) => !new RegExp(`\\| \`${name}\` *\\| ${version.replaceAll('.', '\\.')} *\\|`).test(page),
  );
  expect(missing).toEqual([]);
});

test('every wire format that is served has its page', () => {
  for (const { path } of formatRoutes) {
    expect([path, pages.some((page) => page.startsWith('docs/clients/') && read(page).includes(path))]).toEqual([
      path,
      true,
    ]);
  }
});
