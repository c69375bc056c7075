import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configDocs } from './config-docs.ts';

/* `npm run docs`: writes docs/config.md anew. A test says when that was forgotten. */
writeFileSync(join(import.meta.dirname, '..', 'docs', 'config.md'), configDocs());
