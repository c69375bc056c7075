import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ChainHead, checkLink, type LinkFault } from './audit-chain.ts';
import { auditFiles, notedHead } from './audit-files.ts';

/** Whether the whole chain holds, or where it breaks first. */
export type AuditVerdict =
  /** `endNoted`: whether the note of the chain's end was there; without it nobody knows of lines taken from the end. */
  | { ok: true; files: number; lines: number; from: number; to: number; endNoted: boolean }
  /** `line`: its number in that file, from 1; of lines that are missing at the end, the last that is left. */
  | { ok: false; file: string; line: number; fault: LinkFault | 'cut off'; sentence: string };

const sentences: Record<LinkFault | 'cut off', string> = {
  changed: 'This line, or the one before it, was changed after it was written.',
  missing: 'At least one line before this one is missing.',
  reordered: 'This line stands behind a later one: lines were reordered or repeated.',
  unreadable: 'This line is not a line of this audit.',
  'cut off': 'Lines are missing at the end.',
};

/** Reads every audit file of a folder, oldest first, and checks the chain. The oldest line may begin anywhere: old files are deleted by age. */
export function verifyAudit(folder: string): AuditVerdict {
  let head: ChainHead | undefined;
  let from = 0;
  let lines = 0;
  let before = 0;
  // Looked at first: a server that writes meanwhile only adds lines behind it.
  const noted = notedHead(folder);
  const files = auditFiles(folder);
  for (const file of files) {
    before = lines;
    const all = readFileSync(file, 'utf8').split('\n');
    for (const [at, line] of all.entries()) {
      if (line === '' && at === all.length - 1) continue;
      const link = checkLink(line, head);
      if ('fault' in link) return broken(file, at + 1, link.fault);
      // Nobody follows the last line and holds its hash, but the note does.
      if (link.head.seq === noted?.seq && link.head.hash !== noted.hash) return broken(file, at + 1, 'changed');
      from ||= link.head.seq;
      head = link.head;
      lines++;
    }
  }
  if (noted && (head?.seq ?? 0) < noted.seq) return broken(files.at(-1) ?? folder, lines - before, 'cut off');
  return { ok: true, files: files.length, lines, from, to: head?.seq ?? 0, endNoted: noted !== undefined };
}

function broken(file: string, line: number, fault: LinkFault | 'cut off'): AuditVerdict {
  return { ok: false, file: basename(file), line, fault, sentence: sentences[fault] };
}
