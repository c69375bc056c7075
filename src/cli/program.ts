import { Command, CommanderError } from 'commander';
import { type CommandRow, commandRows } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';
import { version } from './package-version.ts';

/** Runs the command line and resolves with the exit code. Without a command it serves. */
export async function run(argv: readonly string[], output: Output = createOutput(process)): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = new Command('claude-bedrock')
    .description(
      'Lets Cursor and every OpenAI- or Anthropic-speaking tool use Amazon Bedrock with your own AWS identity.',
    )
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(claude-bedrock --help lists the commands)')
    .exitOverride();
  const rows = wanted(argv);
  for (const row of commandRows) {
    const command = program.command(row.name).description(row.summary).copyInheritedSettings(program);
    if (rows.includes(row)) (await row.load()).define(command, { output, exit: (given) => (code = given) });
  }
  try {
    await program.parseAsync(argv.length === 0 ? ['serve'] : [...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    output.fail({
      error: 'claude-bedrock stopped because of a fault of its own',
      cause: error instanceof Error ? (error.stack ?? error.message) : String(error),
      fix: 'report it with these lines',
    });
    return exitCodes.failed;
  }
}

/** The rows whose files this command line needs: the named command's, or serve's when there is none. */
function wanted(argv: readonly string[]): CommandRow[] {
  const [first, second] = argv;
  const name = first === undefined ? 'serve' : first === 'help' ? second : first;
  return commandRows.filter((row) => row.name === name);
}
