import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { clientPages } from '../scripts/client-docs.ts';
import { commandDocs, manPage } from '../scripts/command-docs.ts';
import { configDocs } from '../scripts/config-docs.ts';
import { errorCodes } from '../src/base/errors.ts';
import { type CommandNode, commandTree } from '../src/cli/command-tree.ts';
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

test('docs/commands.md and the manual page are what the command tree says now (npm run docs)', async () => {
  const tree = await commandTree();
  expect(read('docs/commands.md')).toBe(commandDocs(tree));
  expect(read('docs/claude-bedrock.1')).toBe(manPage(tree));
});

test('settings are described in sentences, and each variable sets one of them', () => {
  const places = placesOf(settingsSchema);
  for (const { path, setting } of places)
    expect([path, setting.description]).toEqual([path, expect.stringMatching(/[.!]$/)]);
  const variables = places.flatMap(({ setting }) => setting.env ?? []);
  expect(new Set(variables).size).toBe(variables.length);
});

test('every package that the program runs with has its row in docs/dependencies.md, with its version', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const versions = { ...devDependencies, ...dependencies };
  const imported = globSync('src/**/*.{ts,tsx}').flatMap((file) =>
    [...read(file).matchAll(/(?:^|\n)import (?!type)[^;]*? from '([^.'][^']*)'|import\('([^.'][^']*)'\)/g)].map(
      ([, named, asked]) => /^(?:@[^/]+\/)?[^/]+/.exec(named ?? asked ?? '')?.[0] ?? '',
    ),
  );
  const packages = [...new Set(imported)].filter((name) => versions[name] !== undefined).sort();
  expect(packages).toContain('hono');
  const page = read('docs/dependencies.md');
  const row = (name: string) => new RegExp(`\\| \`${name}\` *\\| ${versions[name]?.replaceAll('.', '\\.')} *\\|`);
  const missing = packages.filter((name) => !row(name).test(page));
  expect(missing.map((name) => `| \`${name}\` | ${versions[name]} | … | … |`)).toEqual([]);
});

test('every wire format that is served has its page', () => {
  for (const { path } of formatRoutes) {
    expect([path, pages.some((page) => page.startsWith('docs/clients/') && read(page).includes(path))]).toEqual([
      path,
      true,
    ]);
  }
});

/** Blocks of commands, and whether the line before one says that it is not run. */
function blocksOf(page: string): { page: string; lines: string[]; notRun: boolean }[] {
  return [...read(page).matchAll(/(<!-- not run: .+ -->\n)?```(?:sh|bash)\n([\s\S]*?)```/g)].map(
    ([, mark, text = '']) => ({
      page,
      notRun: mark !== undefined,
      lines: text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#')),
    }),
  );
}

test('every command of ours in the docs exists, with its flags', async () => {
  const tree = await commandTree();
  const wrong: string[] = [];
  let checked = 0;
  for (const page of pages) {
    const inline = [...read(page).matchAll(/`((?:npx )?claude-bedrock [^`]*)`/g)].map(([, text = '']) => text);
    for (const line of [...blocksOf(page).flatMap(({ lines }) => lines), ...inline]) {
      for (const [, words = ''] of line.matchAll(/(?:^|npx |[|&;]\s*)claude-bedrock(?:@latest)? ([^#|&;>`]*)/g)) {
        checked += 1;
        const fault = faultOf(tree, words.trim().split(/\s+/));
        if (fault !== undefined) wrong.push(`${page}: ${line.trim()}: ${fault}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(checked).toBeGreaterThan(30);
});

function faultOf(tree: CommandNode, words: readonly string[]): string | undefined {
  if (words[0] === 'help' || words[0] === '' || words[0]?.startsWith('needs')) return undefined;
  let node = tree;
  for (const word of words) {
    if (word.startsWith('--')) {
      const name = word.split('=')[0];
      if (name === '--help' || name === '--version') continue;
      if (!node.options.some(({ long }) => long === name)) return `no option ${name}`;
      continue;
    }
    const below = node.children.find(({ name, alias }) => name === word || alias === word);
    if (below) node = below;
    else if (node === tree) return `no command ${word}`;
    else if (node.children.length > 0 && /^[a-z]+$/.test(word) && node.usage === '') return `no command ${word}`;
  }
  return undefined;
}

test('every npm script that the docs name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run (?:--\S+ )*([\w:-]+)/g)].map(([, name = '']) => name),
  );
  expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('every error text in docs/troubleshooting.md is one that the program says', () => {
  const source = globSync('src/**/*.ts').map(read).join('\n');
  const rows = [...read('docs/troubleshooting.md').matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
  const texts = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
  expect(texts.length).toBeGreaterThan(15);
  expect(texts.filter((text) => !source.includes(text))).toEqual([]);
});

test('every command that an error names as its fix exists', async () => {
  const tree = await commandTree();
  const wrong = globSync('src/**/*.ts').flatMap((file) =>
    [...read(file).matchAll(/(?:fix: ['`]|-> )claude-bedrock ([a-z][^'`$]*)/g)].flatMap(([, text = '']) => {
      const words = (text.split(/[,;(&<|]| then | until | for /)[0] ?? '').trim().split(/\s+/);
      const fault = faultOf(tree, words);
      return fault === undefined ? [] : [`${file}: claude-bedrock ${text}: ${fault}`];
    }),
  );
  expect(wrong).toEqual([]);
  expect(faultOf(tree, ['srve'])).toBe('no command srve');
  expect(faultOf(tree, ['config', 'sett'])).toBe('no command sett');
});
