import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives the whole run a temporary folder of its own, and fails the run with a sentence when anything is left in it; what
 * a test file leaves is already told by the canary sweep, which gives each file a folder below this one.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'claude-bedrock-tests-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => !isUnused(folder, path));
    rmSync(folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`the run left in its temporary folder: ${left.slice(0, 20).join(', ')}`);
  };
}

/** The sweep's own folder, of a file whose tests were all skipped: then nothing runs behind it. */
function isUnused(folder: string, path: string): boolean {
  return /^cb-\w+$/.test(path) && readdirSync(join(folder, path)).length === 0;
}
