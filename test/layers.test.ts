import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

type Room = { rooms: readonly string[]; packages: readonly string[] };

const aws = ['@aws-sdk/', '@smithy/'] as const;

/** Who may know whom; `docs/architecture.md` gives the reasons. A name that ends in `/` stands for a whole scope. */
const house: Record<string, Room> = {
  base: { rooms: [], packages: [] },
  converse: { rooms: ['base'], packages: [] },
  config: { rooms: ['base'], packages: ['smol-toml'] },
  wire: { rooms: ['converse', 'base'], packages: ['zod', 'gpt-tokenizer'] },
  bedrock: {
    rooms: ['converse', 'base'],
    packages: [...aws, 'eventsource-parser', 'https-proxy-agent', 'proxy-from-env'],
  },
  auth: { rooms: ['base'], packages: [...aws, '@napi-rs/keyring', 'oauth4webapi'] },
  policy: { rooms: ['converse', 'base'], packages: ['lru-cache', '@cfworker/json-schema'] },
  observe: { rooms: ['base'], packages: ['pino'] },
  demo: { rooms: ['base'], packages: [] },
  proxy: { rooms: ['policy', 'observe', 'converse', 'base'], packages: [] },
  http: { rooms: ['proxy', 'wire', 'observe', 'converse', 'base'], packages: ['hono', '@hono/node-server'] },
  ui: { rooms: ['base'], packages: ['preact', '@preact/signals', 'uplot'] },
  connect: { rooms: ['config', 'base'], packages: ['jsonc-parser', 'yaml', 'smol-toml'] },
  compose: {
    rooms: ['config', 'wire', 'bedrock', 'auth', 'policy', 'observe', 'demo', 'proxy', 'http', 'converse', 'base'],
    packages: [],
  },
  cli: {
    rooms: ['compose', 'connect', 'config', 'auth', 'policy', 'observe', 'base'],
    packages: ['commander', '@clack/prompts'],
  },
  main: { rooms: ['cli', 'base'], packages: [] },
};

const imports =
  /(?:^|[\n;])\s*(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The room of a file below `src`: its folder, or its own name at the top (`compose.ts` → `compose`). */
const roomOf = (file: string): string => (file.split('/')[0] ?? '').replace(/\.tsx?$/, '');

/** A sentence for each import of a file that its room may not have. */
function trespasses(file: string, text: string): string[] {
  const room = roomOf(file);
  const rules = house[room];
  if (!rules)
    return [`src/${file} is in no room of the house: add "${room}" to test/layers.test.ts and docs/architecture.md.`];
  const sentences: string[] = [];
  for (const match of text.matchAll(imports)) {
    const target = match[1] ?? match[2] ?? '';
    if (target.startsWith('node:') || target.endsWith('/package.json')) continue;
    if (target.startsWith('.')) {
      const other = roomOf(relative('src', join('src', dirname(file), target)));
      if (other !== room && !rules.rooms.includes(other))
        sentences.push(`src/${file} imports ${target}: ${room}/ must not know ${other}/.`);
    } else if (
      !rules.packages.some((name) => target === name || target.startsWith(name.endsWith('/') ? name : `${name}/`))
    ) {
      sentences.push(`src/${file} imports the package ${target}, whose home is not ${room}/.`);
    }
  }
  return sentences;
}

test('every file imports only from the rooms below its own', () => {
  const files = globSync('**/*.{ts,tsx}', { cwd: 'src' }).map((file) => file.replaceAll('\\', '/'));
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap((file) => trespasses(file, readFileSync(join('src', file), 'utf8')))).toEqual([]);
});

test('a trespass is seen, in each form of import', () => {
  expect(trespasses('wire/x.ts', `import { a } from '../bedrock/a.ts';`)).toEqual([
    'src/wire/x.ts imports ../bedrock/a.ts: wire/ must not know bedrock/.',
  ]);
  expect(trespasses('wire/openai-chat/x.ts', `const a = await import('../../auth/a.ts');`)).toHaveLength(1);
  expect(trespasses('base/x.ts', `import 'zod';`)).toHaveLength(1);
  expect(trespasses('base/x.ts', `export * from 'hono/utils';`)).toHaveLength(1);
  expect(trespasses('wire/x.ts', `import type { A } from '../bedrock/a.ts';\nimport { b } from './b.ts';`)).toEqual([]);
  expect(trespasses('http/x.ts', `import { c } from 'hono/factory';`)).toEqual([]);
});

test('no file of src re-exports a folder (a barrel hides direction)', () => {
  expect(globSync('src/**/index.ts')).toEqual([]);
});

test('docs/architecture.md tells the same of each room', () => {
  const rows = [...readFileSync('docs/architecture.md', 'utf8').matchAll(/^\| `(\w+)\/` +\| ([^|;]+)/gm)];
  expect(rows).toHaveLength(Object.keys(house).length - 3);
  for (const [, room = '', told = ''] of rows)
    expect(told.trim() === '–' ? [] : told.trim().split(', '), room).toEqual(house[room]?.rooms);
});
