import type { Note } from './notes.ts';
import { stableHash } from './stable-hash.ts';

export type DocumentNames = { take(name: string): string };

const legal = /^(?! )(?!.* {2})[A-Za-z0-9 \-()[\]]{1,200}(?<! )$/;

/**
 * Makes document names legal (letters, digits, single spaces, hyphens, brackets; 1–200) and unique in order of
 * appearance, so that a document keeps its name from turn to turn: a new name would spoil the prompt cache
 * (vercel/ai#20365).
 */
export function documentNames(note: Note): DocumentNames {
  const taken = new Set<string>();
  return {
    take(given) {
      const base = legal.test(given) ? given : legalName(given);
      let name = base;
      for (let round = 2; taken.has(name); round++) name = `${base.slice(0, 190).trimEnd()} (${round})`;
      taken.add(name);
      if (name !== given) note('document renamed', 'Converse takes plain, unique names for documents');
      return name;
    },
  };
}

function legalName(given: string): string {
  const name = given
    .replace(/[^A-Za-z0-9 \-()[\]]+/g, '-')
    .replace(/ +/g, ' ')
    .slice(0, 200)
    .trim();
  return /[A-Za-z0-9]/.test(name) ? name : `document ${stableHash(given, 6)}`;
}
