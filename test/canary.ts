import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Every secret that a test plants begins with `canary-` (or is base64 of it). What the program writes while the suite
 * runs is searched for that mark by `canary-sweep.ts`, so that no test has to remember to look.
 */

/** The marks: in clear, in base64 at each of its three alignments, in hex, and the pasted Bedrock key of the tests. */
const marks: readonly string[] = [
  'canary-',
  'Y2FuYXJ5L',
  'NhbmFyeS',
  'jYW5hcnkt',
  Buffer.from('canary-').toString('hex'),
  'Q2FuYXJ5Q2FuYXJ5',
];

/** The planted secret that a text holds, with a little of what surrounds it; undefined when there is none. */
export function leakIn(text: string): string | undefined {
  for (const mark of marks) {
    const at = text.indexOf(mark);
    if (at >= 0) return text.slice(Math.max(0, at - 60), at + 40);
  }
  return undefined;
}

/** What a test hands in on purpose: AWS's own files, passphrases and keys that the program only reads. */
const handedIn =
  /(^|\/)(\.aws|node_modules|\.git)\/|(^|\/)(passphrase|[^/]*\.key|[^/]*\.pem|credentials|planted[^/]*)$/;

/** A sentence for each file at or below a path that holds a planted secret. */
export function leakingFiles(root: string): string[] {
  return filesOf(root, '').flatMap((name) => {
    const leak = leakIn(textOf(join(root, name)));
    return leak === undefined ? [] : [`${join(root, name)} holds a planted secret: …${leak}…`];
  });
}

function filesOf(root: string, name: string): string[] {
  const path = join(root, name);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    if (handedIn.test(`${path}/`)) return [];
    return readdirSync(path).flatMap((child) => filesOf(root, join(name, child)));
  }
  return stat?.isFile() && !handedIn.test(path) ? [name] : [];
}

/** Latin-1 keeps every byte; a file may be gone by now, or be another user's. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
