import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientPages } from './client-docs.ts';
import { configDocs } from './config-docs.ts';

/* `npm run docs`: writes docs/config.md and the pages of the clients anew. A test says when that was forgotten. */
const docs = join(import.meta.dirname, '..', 'docs');
writeFileSync(join(docs, 'config.md'), configDocs());
for (const { name, text } of clientPages()) writeFileSync(join(docs, 'clients', `${name}.md`), text);
