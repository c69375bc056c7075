import type { Command } from 'commander';
import { type AuditVerdict, verifyAudit } from '../observe/audit-verify.ts';
import { auditFolder } from '../observe/recorder.ts';
import { count } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { readSettings } from './settings.ts';

/** `claude-bedrock audit verify` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .command('verify')
    .description('check that no line of the audit was changed, removed or moved')
    .option('--json', 'print one JSON object')
    .action(async (flags: { json?: boolean }) => exit(await verify(flags, output)));
}

async function verify(flags: { json?: boolean }, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  const folder = auditFolder(loaded.paths.state);
  const verdict = readAudit(folder, output);
  if (!verdict) return exitCodes.failed;
  if (flags.json) output.json({ folder, ...verdict });
  else if (!verdict.ok) {
    output.fail({ error: `the audit is broken at ${verdict.file}, line ${verdict.line}`, cause: verdict.sentence });
  } else if (verdict.lines === 0) output.result(`The audit in ${folder} is empty.`);
  else
    output.result(
      `The audit is whole: ${count(verdict.lines)} lines in ${verdict.files === 1 ? 'one file' : `${count(verdict.files)} files`}, ${count(verdict.from)} to ${count(verdict.to)}.`,
    );
  if (!flags.json && verdict.ok && verdict.lines > 0 && !verdict.endNoted)
    output.note(
      'audit.head, which notes where the chain ends, is missing: lines taken from the end would not be seen.',
    );
  return verdict.ok ? exitCodes.ok : exitCodes.failed;
}

/** Undefined when its files cannot be read, which was told then. */
function readAudit(folder: string, output: Output): AuditVerdict | undefined {
  try {
    return verifyAudit(folder);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    output.fail({
      error: `the audit cannot be read: ${folder}`,
      cause,
      fix: `look at what is there: ls -la ${folder}`,
    });
    return undefined;
  }
}
