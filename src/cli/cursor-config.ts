import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cursorRules } from '../connect/cursor-rules.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

export type CursorConfigFlags = { write?: boolean; folder?: string; json?: boolean };

/** `claude-bedrock cursor config`: a rules file that the person has changed is never overwritten. */
export async function cursorConfig({ write, folder, json }: CursorConfigFlags, output: Output): Promise<ExitCode> {
  const root = resolve(folder ?? '.');
  const files = cursorRules.map(({ path, text }) => {
    const file = join(root, path);
    const present = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    const state = present === undefined ? 'absent' : present === text ? 'same' : 'changed';
    return { path, file, text, state } as const;
  });
  const changed = files.find(({ state }) => state === 'changed');
  if (write && changed) {
    output.fail({
      error: `${changed.file} is there already, with other rules`,
      cause: 'it was changed by hand, or by another version',
      fix: 'compare it with `claude-bedrock cursor config`, then move it away and run this again',
    });
    return exitCodes.failed;
  }
  for (const { file, text, state } of files) {
    if (!write || state !== 'absent') continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (json) output.json({ written: write === true, files: files.map(({ path, text }) => ({ path, text })) });
  else if (write) for (const { file } of files) output.result(`${output.paint('green', '✓')} ${file}`);
  else for (const { path, text } of files) output.verbatim(`# ${path}\n${text}`);
  return exitCodes.ok;
}
