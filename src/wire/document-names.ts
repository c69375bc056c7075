/** The service's own limit; room is left for ` (99)`. */
const longest = 190;

/**
 * A name that Converse accepts, from a file's own: ASCII letters, digits, hyphens, brackets and single spaces
 * (case 72). The extension goes, because the block's format says it.
 */
export function legalDocumentName(filename: string | undefined): string {
  const stem = (filename ?? '').replace(/^.*[/\\]/, '').replace(/(?<=.)\.[A-Za-z0-9]{1,8}$/, '');
  const legal = stem
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9()[\]-]+/g, ' ')
    .trim()
    .slice(0, longest)
    .trim();
  return legal === '' ? 'document' : legal;
}

/**
 * Names for the documents of one request, each given once. They depend only on what came before, so that a growing
 * conversation keeps the names of its earlier turns and the prompt cache keeps its prefix.
 */
export function documentNames(): (filename: string | undefined) => string {
  const given = new Set<string>();
  return (filename) => {
    const base = legalDocumentName(filename);
    let name = base;
    for (let copy = 2; given.has(name); copy++) name = `${base} (${copy})`;
    given.add(name);
    return name;
  };
}
