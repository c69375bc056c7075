import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree } from '../src/cli/command-tree.ts';
import { clientPages } from './client-docs.ts';
import { commandDocs, manPage } from './command-docs.ts';
import { configDocs } from './config-docs.ts';

/* `npm run docs`: writes the generated pages anew. A test says when that was forgotten. */
const tree = await commandTree();
const clients = clientPages().map(({ name, text }) => [`clients/${name}.md`, text] as const);
const pages = {
  ...Object.fromEntries(clients),
  'config.md': configDocs(),
  'commands.md': commandDocs(tree),
  'claude-bedrock.1': manPage(tree),
};
for (const [name, text] of Object.entries(pages)) writeFileSync(join(import.meta.dirname, '..', 'docs', name), text);
