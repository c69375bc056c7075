import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const room = join(import.meta.dirname, '../src/ui');

/** The dashboard as one HTML text: its script and style inside, nothing to load. */
export async function buildPage(): Promise<string> {
  const { outputFiles } = await build({
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
  return readFileSync(join(room, 'page.html'), 'utf8')
    .replaceAll(/\n\s*/g, '\n')
    .replace('/*style*/', () => part('.css'))
    .replace('/*script*/', () => part('.js').replaceAll('</script', '<\\/script'));
}
