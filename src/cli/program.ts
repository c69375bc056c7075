import { type Command, CommanderError } from 'commander';
import { ProxyError } from '../base/errors.ts';
import { commandWords, ownCommand } from '../connect/own-command.ts';
import { bareProgram } from './command-tree.ts';
import { type CommandRow, commandRows } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';
import { canAsk } from './terminal.ts';

/** Runs the command line and resolves with the exit code. Without a command it is `init` on a terminal, else a refusal. */
export async function run(argv: readonly string[], output: Output = ownOutput()): Promise<ExitCode> {
  if (argv.length === 0 && !canAsk()) {
    output.fail({
      error: 'there is no command, and no terminal to ask on',
      cause: 'without a command claude-bedrock starts with questions',
      fix: 'claude-bedrock serve (asks nothing), claude-bedrock demo, or claude-bedrock init --no-input --json',
    });
    return exitCodes.usage;
  }
  const topic = argv[0] === 'help' && argv[1] !== undefined ? await helpTopic(argv[1]) : undefined;
  if (topic !== undefined) {
    output.result(topic);
    return exitCodes.ok;
  }
  if (argv[0] === 'help' && argv[1] !== undefined && !argv[1].startsWith('-') && !wanted(argv)) {
    output.fail({ error: `there is no command and no topic '${argv[1]}'`, fix: 'claude-bedrock --help' });
    return exitCodes.usage;
  }
  // For a person at a terminal only; nothing else waits for it, or loads it.
  const notice = canAsk()
    ? import('./update-notice.ts').then(({ updateNotice }) => updateNotice(argv, process.env)).catch(() => undefined)
    : undefined;
  const code = await runCommand(argv.length === 0 ? ['init'] : argv, output);
  const news = await notice;
  if (news !== undefined) output.note(news);
  return code;
}

const ownOutput = (): Output => createOutput(process, commandWords(ownWords, ownCommand()));

/** The words that follow the program's name in a command. */
const ownWords = ['--help', ...commandRows.flatMap(({ name, alias }) => [name, ...(alias ? [alias] : [])]), 'help'];

async function runCommand(argv: readonly string[], output: Output): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = withHelp(bareProgram(), argv, output);
  const row = wanted(argv);
  for (const each of commandRows) {
    const command = program.command(each.name).description(each.summary).copyInheritedSettings(program);
    if (each.alias !== undefined) command.alias(each.alias);
    if (each !== row) continue;
    (await each.load()).define(command, { output, exit: (given) => (code = given) });
    for (const below of command.commands) below.copyInheritedSettings(program);
  }
  try {
    if (namesCompanyNetwork(process.env)) (await import('./outbound.ts')).useCompanyNetwork(process.env);
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof ProxyError) return (await import('./identity-room.ts')).tell(error, output);
    const [{ fileFault }, { ownFault }] = await Promise.all([import('./file-fault.ts'), import('./crash.ts')]);
    output.fail(fileFault(error) ?? ownFault(error));
    return exitCodes.failed;
  }
}

/** Whether `outbound.ts` has anything to do; most starts need not load it. */
const namesCompanyNetwork = (env: NodeJS.ProcessEnv): boolean =>
  ['AWS_CA_BUNDLE', 'HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].some((name) => env[name] || env[name.toLowerCase()]);

function withHelp(program: Command, argv: readonly string[], output: Output): Command {
  return program
    .configureOutput({
      writeOut: (text) => output.result(text.replace(/\n$/, '')),
      outputError: (text) => output.note(asFailure(text, argv, program)),
    })
    .addHelpText(
      'after',
      '\nTopics: claude-bedrock help exit-codes, claude-bedrock help environment\nNothing about you or your use is ever sent anywhere but to AWS.',
    )
    .exitOverride();
}

/** Commander's `(Did you mean serve?)` as the fix that every other error has. */
function asFailure(text: string, argv: readonly string[], program: Command): string {
  const [error = '', hint = ''] = text.trimEnd().split('\n');
  const meant = /Did you mean (?:one of )?([\w-]+)/.exec(hint)?.[1];
  const row = commandRows.find(({ name, alias }) => name === argv[0] || alias === argv[0]);
  const below = program.commands.find((command) => command.name() === row?.name)?.commands ?? [];
  const second = meant === undefined && below.some((command) => command.name() === argv[1]) ? argv[1] : undefined;
  const command = ['claude-bedrock', ...(row ? [row.name] : []), ...(second ? [second] : [])].join(' ');
  if (meant === undefined) return `${error}\nfix: ${command} --help`;
  return meant.startsWith('-')
    ? `${error}\nfix: ${meant}   (${command} --help lists all)`
    : `${error}\nfix: ${command} ${meant}`;
}

async function helpTopic(name: string): Promise<string | undefined> {
  const { helpTopics } = await import('./help-topics.ts');
  return Object.hasOwn(helpTopics, name) ? helpTopics[name] : undefined;
}

/** The row whose file this command line needs. */
function wanted(argv: readonly string[]): CommandRow | undefined {
  const [first, second] = argv;
  const name = first === 'help' ? second : first;
  return commandRows.find((row) => row.name === name || row.alias === name);
}
