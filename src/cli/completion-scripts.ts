import { allNodes, type CommandNode } from './command-tree.ts';

/*
 * Each script is a table from the commands typed so far to the words that may follow. Nothing runs the program while a
 * person presses Tab, so completion costs no start-up.
 */

type Words = { path: string; words: { word: string; summary: string }[]; below: string[] };

function table(tree: CommandNode): Words[] {
  return allNodes(tree).map((node) => ({
    path: node.path.join(' '),
    words: [
      ...node.children.map(({ name, summary }) => ({ word: name, summary })),
      ...node.choices.map((word) => ({ word, summary: '' })),
      ...node.options.map(({ long, summary }) => ({ word: long, summary })),
      { word: '--help', summary: 'show help' },
    ],
    below: node.children.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias])),
  }));
}

/** An alias as the name that it stands for. */
const aliases = (tree: CommandNode): [string, string][] =>
  allNodes(tree).flatMap(({ alias, name }) => (alias === undefined ? [] : [[alias, name] as [string, string]]));

/** The body of a loop over the typed words, alike in bash and zsh: what is no command after those in `$at` is passed over. */
function bourneStep(tree: CommandNode, at: string): string {
  const steps = table(tree).flatMap(({ path, below }) => below.map((word) => `"${path}:${word}"`));
  const renames = aliases(tree).map(([alias, name]) => `    [[ $word == ${alias} ]] && word=${name}`);
  return `    case "$${at}:$word" in
      ${steps.join('|')}) ;;
      *) continue ;;
    esac
${renames.join('\n')}`;
}

/** The script for bash: words without their summaries, which bash cannot show. */
export function bashScript(tree: CommandNode): string {
  const rows = table(tree);
  const cases = rows.map(({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(' ')}" ;;`);
  return `# bash completion of claude-bedrock
_claude_bedrock() {
  local path="" word words="" at
  for (( at = 1; at < COMP_CWORD; at++ )); do
    word="\${COMP_WORDS[at]}"
${bourneStep(tree, 'path')}
    path="\${path:+$path }$word"
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=( $(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}") )
}
complete -o default -F _claude_bedrock claude-bedrock`;
}

/** The script for zsh, with what each word does. */
export function zshScript(tree: CommandNode): string {
  const rows = table(tree);
  const described = ({ word, summary }: { word: string; summary: string }) =>
    quoted(`${word}${summary === '' ? '' : `:${summary.replaceAll(':', '\\:')}`}`);
  const cases = rows.map(({ path, words }) => `    "${path}") words_here=(${words.map(described).join(' ')}) ;;`);
  return `#compdef claude-bedrock
# zsh completion of claude-bedrock
_claude_bedrock() {
  local here="" word
  local -a words_here
  for word in "\${(@)words[2,CURRENT-1]}"; do
${bourneStep(tree, 'here')}
    here="\${here:+$here }$word"
  done
  case "$here" in
${cases.join('\n')}
  esac
  _describe 'claude-bedrock' words_here || _files
}
if [[ "$funcstack[1]" == "_claude-bedrock" ]]; then _claude_bedrock "$@"; else compdef _claude_bedrock claude-bedrock; fi`;
}

/** The script for fish: one line for each word in each place. */
export function fishScript(tree: CommandNode): string {
  const lines = table(tree).flatMap(({ path, words }) =>
    words.map(({ word, summary }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c claude-bedrock -f -n ${quoted(`__claude_bedrock_at ${quoted(path)}`)} ${what} -d ${quoted(summary)}`;
    }),
  );
  const renames = aliases(tree).map(([alias, name]) => `    test $word = ${alias}; and set word ${name}`);
  const steps = table(tree).flatMap(({ path, below }) => below.map((word) => quoted(`${path}:${word}`)));
  return `# fish completion of claude-bedrock
function __claude_bedrock_at
  set -l here ''
  for word in (commandline -opc)[2..-1]
    contains -- "$here:$word" ${steps.join(' ')}; or continue
${renames.join('\n')}
    set here (string trim "$here $word")
  end
  test "$here" = "$argv[1]"
end
${lines.join('\n')}`;
}

/** The script for PowerShell, of Windows and elsewhere. */
export function powershellScript(tree: CommandNode): string {
  const rows = table(tree);
  const entries = rows.map(
    ({ path, words, below }) =>
      `    '${path}' = @{ Words = @(${words.map(({ word }) => `'${word}'`).join(', ')}); Below = @(${below.map((word) => `'${word}'`).join(', ')}) }`,
  );
  const renames = aliases(tree).map(([alias, name]) => `    if ($word -eq '${alias}') { $word = '${name}' }`);
  return `# PowerShell completion of claude-bedrock
Register-ArgumentCompleter -Native -CommandName claude-bedrock -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $table = @{
${entries.join('\n')}
  }
  $here = ''
  foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
    $word = $element.ToString()
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    if ($table[$here].Below -notcontains $word) { continue }
${renames.join('\n')}
    $here = "$here $word".Trim()
  }
  $table[$here].Words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}`;
}

/** In single quotes, as POSIX shells and fish take them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
