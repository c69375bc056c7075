import { stableHash } from './stable-hash.ts';

/** The service's rule: ASCII letters, digits, single spaces, hyphens and brackets; 1–200 characters. */
const legal = /^(?! )(?!.* {2})[A-Za-z0-9 \-()[\]]{1,200}(?<! )$/;
/** Room is left for ` (99)`. */
const longest = 190;

/**
 * A name that Converse accepts, from a file's own (case 72); a legal name stays. The extension goes, because the block's
 * format says it. A name in another script is told apart by its hash.
 */
export function legalDocumentName(filename: string | undefined): string {
  if (!filename) return 'document';
  if (legal.test(filename)) return filename;
  const stem = filename.replace(/^.*[/\\]/, '').replace(/(?<=.)\.[A-Za-z0-9]{1,8}$/, '');
  const name = stem
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9()[\]-]+/g, ' ')
    .trim()
    .slice(0, longest)
    .trim();
  return /[A-Za-z0-9]/.test(name) ? name : `document ${stableHash(stem, 6)}`;
}

/**
 * Names for the documents of one request, each given once. They depend only on what came before, so that a growing
 * conversation keeps the names of its earlier turns and the prompt cache keeps its prefix (vercel/ai#20365).
 */
export function documentNames(): (filename: string | undefined) => string {
  const given = new Set<string>();
  return (filename) => {
    const base = legalDocumentName(filename);
    let name = base;
    for (let copy = 2; given.has(name); copy++) name = `${base.slice(0, longest).trimEnd()} (${copy})`;
    given.add(name);
    return name;
  };
}
