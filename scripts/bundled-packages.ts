import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of which something is in the bundle. */
export type BundledPackage = { name: string; version: string; licence: string; text: string };

/** Every package that the bundle holds, by what esbuild says went in; a licence without its text would not be kept. */
export function bundledPackages(root: string, { outputs }: Metafile): BundledPackage[] {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
  );
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  return [...folders].map((folder) => packageIn(join(root, folder))).sort((a, b) => a.name.localeCompare(b.name));
}

/** What a package's own folder says of it. */
export function packageIn(folder: string): BundledPackage {
  const facts: { name: string; version: string; license?: unknown } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const licence = typeof facts.license === 'string' ? facts.license : 'unknown';
  return { name: facts.name, version: facts.version, licence, text: licenceText(folder) };
}

/** Parts of a monorepo often leave the text to the folder above. */
function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8').trim();
  const above = dirname(folder);
  return existsSync(join(above, 'LICENSE')) ? readFileSync(join(above, 'LICENSE'), 'utf8').trim() : '';
}

/** The text of dist/THIRD-PARTY.txt: packages with the same licence text share it. */
export function thirdPartyText(packages: readonly BundledPackage[]): string {
  const byText = Map.groupBy(
    packages,
    ({ licence, text }) => text || `(${licence}; the package ships no licence text)`,
  );
  const parts = [...byText].map(
    ([text, all]) =>
      `${all.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join('\n')}\n\n${text}\n`,
  );
  return `claude-bedrock contains parts of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
