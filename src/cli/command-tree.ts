import { type Argument, Command } from 'commander';
import { placesOf } from '../config/check.ts';
import { settingsSchema } from '../config/schema.ts';
import { type Cli, commandRows } from './commands.ts';
import { version } from './package-version.ts';

/** An option as completion, manual page and docs tell it. */
export type OptionFacts = {
  long: string;
  short: string | undefined;
  /** What it takes, as in `--port <port>`; undefined for a switch. */
  value: string | undefined;
  choices: readonly string[];
  summary: string;
};

/** A command and all below it, as plain data. */
export type CommandNode = {
  name: string;
  /** All words that lead to it, without the program's own name. */
  path: readonly string[];
  alias: string | undefined;
  summary: string;
  /** Arguments as the usage line shows them, e.g. `<path> [value]`. */
  usage: string;
  /** The lawful words of the first argument, where they are known beforehand. */
  choices: readonly string[];
  options: readonly OptionFacts[];
  children: readonly CommandNode[];
};

/** The program before its commands are added. */
export function bareProgram(): Command {
  return new Command('claude-bedrock')
    .description(
      'Lets Cursor and every OpenAI- or Anthropic-speaking tool use Amazon Bedrock with your own AWS identity.',
    )
    .version(version, '-V, --version', 'print the version');
}

/** Every command with all its options: loads all command files, so only completion, manual page and docs ask for it. */
export async function commandTree(): Promise<CommandNode> {
  const program = bareProgram();
  const mute = (): void => undefined;
  const cli: Cli = {
    exit: mute,
    output: {
      result: mute,
      verbatim: mute,
      json: mute,
      note: mute,
      warn: mute,
      fail: mute,
      asTyped: (text) => text,
      paint: (_style, text) => text,
    },
  };
  for (const row of commandRows) {
    const command = program.command(row.name).description(row.summary);
    if (row.alias !== undefined) command.alias(row.alias);
    (await row.load()).define(command, cli);
  }
  return nodeOf(program, []);
}

function nodeOf(command: Command, path: readonly string[]): CommandNode {
  const children = command.commands.map((child) => nodeOf(child, [...path, child.name()]));
  return {
    name: command.name(),
    path,
    alias: command.aliases()[0],
    summary: command.description(),
    usage: command.registeredArguments.map(argumentText).join(' '),
    choices: wordsOf(command.registeredArguments[0]),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, short, flags, description, argChoices }) => ({
        long: long ?? '',
        short: short ?? undefined,
        value: /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1],
        choices: argChoices ?? [],
        summary: description,
      })),
    children,
  };
}

function wordsOf(argument: Argument | undefined): readonly string[] {
  // No choices of the argument's own: the last word of a path is lawful too, and help would list them all.
  if (argument?.name() === 'setting') return placesOf(settingsSchema).map(({ path }) => path);
  return argument?.argChoices ?? [];
}

const argumentText = (argument: { name(): string; required: boolean; variadic: boolean }): string => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

/** A command and all below it, depth first. */
export const allNodes = (node: CommandNode): CommandNode[] => [node, ...node.children.flatMap(allNodes)];
