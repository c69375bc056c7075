import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageIn } from './bundled-packages.ts';

/*
 * `npm run sbom`: writes sbom.cdx.json (CycloneDX 1.5), the parts of the program as it ships: what is bundled, and what
 * is installed beside it. `npm sbom` would list every tool of the workshop, and cannot know what is in the bundle.
 */

type Part = { name: string; version: string; licence: string };

const root = join(import.meta.dirname, '..');
const own: { name: string; version: string; license: string; dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const { bundled }: { bundled: Part[] } = JSON.parse(readFileSync(join(root, 'dist', 'packages.json'), 'utf8'));
const installed = Object.keys(own.dependencies).map((name) => packageIn(join(root, 'node_modules', name)));

const purl = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

function component({ name, version, licence }: Part, type: string) {
  // A licence expression is no licence id.
  const licenses = /[ (]/.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }];
  return { type, name, version, 'bom-ref': purl(name, version), purl: purl(name, version), licenses };
}

const parts = [...bundled, ...installed].map((part) => component(part, 'library'));
const self = component({ ...own, licence: own.license }, 'application');
const bom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { timestamp: new Date().toISOString(), component: self },
  components: parts,
  dependencies: [{ ref: self['bom-ref'], dependsOn: parts.map((part) => part['bom-ref']) }],
};
writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(bom, undefined, 2)}\n`);
process.stdout.write(`sbom.cdx.json: ${parts.length} parts\n`);
