import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ChainHead, checkLink, type LinkFault } from './audit-chain.ts';
import { auditFiles } from './audit-files.ts';

/** Whether the whole chain holds, or where it breaks first. */
export type AuditVerdict =
  | { ok: true; files: number; lines: number; from: number; to: number }
  /** `line`: its number in that file, from 1; of lines that are missing at the end, the last that is left. */
  | { ok: false; file: string; line: number; fault: LinkFault | 'cut off'; sentence: string };

/** Where the writer notes the chain's end, so that lines taken from the end are missed too. */
export const headName = 'audit.head';

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
  const files = auditFiles(folder);
  for (const file of files) {
    before = lines;
    const all = readFileSync(file, 'utf8').split('\n');
    for (const [at, line] of all.entries()) {
      if (line === '' && at === all.length - 1) continue;
      const link = checkLink(line, head);
      if ('fault' in link) return broken(file, at + 1, link.fault);
      from ||= link.head.seq;
      head = link.head;
      lines++;
    }
  }
  const noted = notedHead(folder);
  if (noted !== undefined && (head?.seq ?? 0) < noted) return broken(files.at(-1) ?? folder, lines - before, 'cut off');
  return { ok: true, files: files.length, lines, from, to: head?.seq ?? 0 };
}

function broken(file: string, line: number, fault: LinkFault | 'cut off'): AuditVerdict {
  return { ok: false, file: basename(file), line, fault, sentence: sentences[fault] };
}

function notedHead(folder: string): number | undefined {
  const file = join(folder, headName);
  const seq = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
  return Number.isNaN(seq) ? undefined : seq;
}
