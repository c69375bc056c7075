import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..');
const room = join(root, 'src/ui');

/** The dashboard as one HTML text: its script and style inside, nothing to load. */
export async function buildPage(): Promise<string> {
  return (await bundlePage()).html;
}

/** The same, with what went into it. */
export async function bundlePage(): Promise<{ html: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    stdin: {
      contents: `import 'uplot/dist/uPlot.min.css'; import './page.css'; import './main.tsx';`,
      resolveDir: room,
      loader: 'ts',
    },
    outdir: 'out',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const part = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text.trim() ?? '';
  const html = readFileSync(join(room, 'page.html'), 'utf8')
    .replaceAll(/\n\s*/g, '\n')
    .replace('/*style*/', () => part('.css'))
    .replace('/*script*/', () => part('.js').replaceAll('</script', '<\\/script'));
  return { html, metafile };
}
