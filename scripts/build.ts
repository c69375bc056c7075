import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundlePage } from './build-page.ts';
import { bundledPackages, thirdPartyText } from './bundled-packages.ts';

/*
 * Makes dist/: a small start file, and chunks that are loaded when something needs them. Everything is bundled, so an
 * installation is a few files and start-up opens few of them; only the native keyring stays outside.
 */

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist');

/** `import { z } from 'zod'` would keep all of zod and its forty languages; `import * as z` keeps what is used. */
const zodWithoutLanguages: Plugin = {
  name: 'zod-without-languages',
  setup({ onEnd }) {
    onEnd(({ metafile }) => {
      const locales = Object.keys(metafile?.inputs ?? {}).filter((input) => /zod\/.*\/locales\/(?!en)/.test(input));
      const kept = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) =>
        locales.filter((locale) => (inputs[locale]?.bytesInOutput ?? 0) > 0),
      );
      return kept.length === 0
        ? {}
        : {
            errors: [
              { text: `zod's languages are in the bundle (${kept.length}): import it as "import * as z from 'zod'"` },
            ],
          };
    });
  },
};

/**
 * `import … from 'node:http'` makes Node fill in every export of the module, and among them `WebSocket` loads all of
 * undici; `node:crypto` loads WebCrypto in the same way: 60 ms at start-up. Asked for by itself a module fills in nothing.
 * The start file is left alone, because an older Node must be able to run it.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(http|https|crypto|zlib)$/ }, ({ path, kind, importer }) =>
      kind !== 'import-statement' || importer.endsWith('main.ts') ? undefined : { path, namespace: 'builtin' },
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }));
  },
};

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  // The keyring's process is a program of its own, beside the chunk that starts it.
  entryPoints: { main: 'src/main.ts', 'chunks/keyring-worker': 'src/auth/keyring-worker.ts' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // The AWS SDK’s ES modules: tree-shaken, and with named exports when imported on demand.
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: false,
  legalComments: 'none',
  external: ['@napi-rs/keyring'],
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  plugins: [lazyBuiltins, zodWithoutLanguages],
  logLevel: 'warning',
});

// CommonJS packages in the bundle ask `require` for node's own modules; one chunk holds the helper that looks for it.
for (const file of Object.keys(metafile.outputs).map((output) => join(root, output))) {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('Dynamic require of')) continue;
  writeFileSync(file, `import{createRequire}from"node:module";const require=createRequire(import.meta.url);${text}`);
}

const page = await bundlePage();
writeFileSync(join(outdir, 'ui.html'), page.html);
const packages = bundledPackages(root, {
  inputs: {},
  outputs: { ...metafile.outputs, ...page.metafile.outputs },
});
writeFileSync(join(outdir, 'THIRD-PARTY.txt'), thirdPartyText(packages));
// For the list of parts (`npm run sbom`), the licence check and the test of the package; not shipped.
const asked = Object.values(metafile.outputs).flatMap(({ imports }) =>
  imports.flatMap(({ path, external }) => (external ? [path] : [])),
);
const outside = [...new Set(asked)].filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
const parts = packages.map(({ text, ...facts }) => ({ ...facts, hasText: text !== '' }));
writeFileSync(join(outdir, 'packages.json'), JSON.stringify({ bundled: parts, outside }));

const main = join(outdir, 'main.js');
chmodSync(main, 0o755);
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
process.stdout.write(
  `dist/main.js ${statSync(main).size} bytes, ${Object.keys(metafile.outputs).length - 1} chunks, ${Math.round(bytes / 1024)} KiB in all; dist/ui.html ${Math.round(Buffer.byteLength(page.html) / 1024)} KiB\n`,
);
