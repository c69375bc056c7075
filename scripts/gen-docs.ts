import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree } from '../src/cli/command-tree.ts';
import { commandDocs, manPage } from './command-docs.ts';
import { configDocs } from './config-docs.ts';

/* `npm run docs`: writes the generated pages anew. A test says when that was forgotten. */
const tree = await commandTree();
const pages = { 'config.md': configDocs(), 'commands.md': commandDocs(tree), 'claude-bedrock.1': manPage(tree) };
for (const [name, text] of Object.entries(pages)) writeFileSync(join(import.meta.dirname, '..', 'docs', name), text);
