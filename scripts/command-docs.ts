import { allNodes, type CommandNode, type OptionFacts } from '../src/cli/command-tree.ts';
import { helpTopics } from '../src/cli/help-topics.ts';

/** What is run: a command without commands below it, or one that does something by itself. */
const runnable = (tree: CommandNode): CommandNode[] =>
  allNodes(tree).filter(({ path, children }) => path.length > 0 && children.length === 0);

const lineOf = ({ path, usage }: CommandNode): string =>
  ['claude-bedrock', ...path, usage].filter((word) => word !== '').join(' ');

const flagsOf = ({ short, long, value }: OptionFacts): string =>
  `${short === undefined ? '' : `${short}, `}${long}${value === undefined ? '' : ` <${value}>`}`;

/** The text of docs/commands.md. */
export function commandDocs(tree: CommandNode): string {
  const overview = tree.children.map(
    ({ name, alias, summary }) =>
      `| [\`${name}\`](#${name}) | ${summary}${alias === undefined ? '' : `; also \`${alias}\``} |`,
  );
  const parts = tree.children.map((node) =>
    [`## ${node.name}`, '', sentence(node.summary), '', ...runnable(node).flatMap(commandLines)].join('\n'),
  );
  return `${head}\n| command | what it does |\n|---|---|\n${overview.join('\n')}\n\n${parts.join('\n')}\n`
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '\n');
}

const head = `# Commands

<!-- Written by \`npm run docs\` from the command tree: change it there. -->

Results are on stdout, everything else on stderr; \`--json\` prints one object with \`schemaVersion\`. Questions are asked on
a terminal only. \`claude-bedrock help exit-codes\` and \`claude-bedrock help environment\` tell those two tables.
`;

function commandLines(node: CommandNode): string[] {
  const about = node.path.length > 1 ? [`\`${lineOf(node)}\`: ${node.summary}.`] : [`\`${lineOf(node)}\``];
  const options = node.options.map((option) => `| \`${flagsOf(option)}\` | ${cell(option.summary)} |`);
  return options.length === 0
    ? [...about, '']
    : [...about, '', '| option | what it does |', '|---|---|', ...options, ''];
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The manual page, in man(7)'s macros. */
export function manPage(tree: CommandNode): string {
  const commands = runnable(tree).flatMap((node) => [
    '.TP',
    `.B ${roff(lineOf(node))}`,
    roff(sentence(node.summary)),
    ...node.options.flatMap((option) => ['.RS', '.TP', `.B ${roff(flagsOf(option))}`, roff(option.summary), '.RE']),
  ]);
  const topics = Object.entries(helpTopics).flatMap(([name, text]) => [
    `.SH ${name.toUpperCase().replace('-', ' ')}`,
    '.nf',
    ...text.split('\n').slice(2).map(roff),
    '.fi',
  ]);
  return [
    '.TH CLAUDE-BEDROCK 1',
    '.SH NAME',
    'claude\\-bedrock \\- Amazon Bedrock for every tool that speaks the OpenAI or Anthropic API',
    '.SH SYNOPSIS',
    '.B claude\\-bedrock',
    '[\\fIcommand\\fR] [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    roff(tree.summary),
    'Without a command it is the first run, with questions.',
    '.SH COMMANDS',
    ...commands,
    ...topics,
    '',
  ].join('\n');
}

/** Text that roff prints as it is: no line may begin as a request, and a dash is a dash. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
