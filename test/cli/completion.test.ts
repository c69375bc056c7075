import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type CommandNode, commandTree } from '../../src/cli/command-tree.ts';
import { bashScript, fishScript, powershellScript, zshScript } from '../../src/cli/completion-scripts.ts';
import { tempFolder } from '../temp-folder.ts';
import { hasTmux, openShell } from './terminal-session.ts';

let tree: CommandNode;
beforeAll(async () => {
  tree = await commandTree();
});

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** What bash offers after these words. */
function inBash(...words: string[]): string[] {
  const script = `${bashScript(tree)}
COMP_WORDS=(claude-bedrock "$@"); COMP_CWORD=$#; _claude_bedrock; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test.skipIf(!has('bash'))(
  'bash completes commands, the commands below them, options, words, and under an alias',
  () => {
    expect(inBash('con')).toEqual(expect.arrayContaining(['config', 'configure']));
    expect(inBash('config', 's')).toEqual(expect.arrayContaining(['set', 'schema']));
    expect(inBash('serve', '--po')).toEqual(['--port']);
    expect(inBash('serve', '--port', '1', '--ho')).toEqual(['--host']);
    expect(inBash('completion', 'z')).toEqual(['zsh']);
    expect(inBash('health', '--pr')).toEqual(['--probe']);
    expect(inBash('config', 'get', 'aws.reg')).toEqual(['aws.region']);
    expect(inBash('config', 'unset', 'log.')).toEqual(expect.arrayContaining(['log.level', 'log.format']));
  },
);

test.skipIf(!has('fish'))('fish completes the same, with what each word means', () => {
  const complete = (line: string) =>
    execFileSync('fish', ['-c', `${fishScript(tree)}\ncomplete -C '${line}'`], { encoding: 'utf8' })
      .trim()
      .split('\n');
  expect(complete('claude-bedrock config s')).toEqual([
    'schema\tprint the JSON Schema of the file, for editors',
    'set\tchange one value in the file; comments and layout stay',
  ]);
  expect(complete('claude-bedrock health --pr')[0]).toContain('--probe');
});

test.skipIf(!has('zsh') || !hasTmux)(
  'zsh at a real prompt lists the words and completes the only one that fits',
  async () => {
    const folder = tempFolder('completion-zsh-');
    writeFileSync(join(folder, '_claude-bedrock'), zshScript(tree));
    writeFileSync(
      join(folder, '.zshrc'),
      `PS1='ready> '; fpath=(${folder} $fpath); autoload -Uz compinit; compinit -u -d ${folder}/dump; setopt auto_list\n`,
    );
    const terminal = openShell('zsh', ['zsh', '-i'], {
      ZDOTDIR: folder,
      PATH: '/usr/bin:/bin',
      TERM: 'xterm-256color',
    });
    try {
      await terminal.see('ready>');
      terminal.press('claude-bedrock config s', 'Tab');
      await terminal.see('change one value in the file');
      expect(terminal.screen()).toContain('schema');
      terminal.press('C-c');
      terminal.press('claude-bedrock doctor --pr', 'Tab');
      await terminal.see('claude-bedrock doctor --probe');
    } finally {
      terminal.close();
    }
  },
  60_000,
);

/** PowerShell was never run here: what is checked is what its parser would stumble on first, and the table that it reads. */
test('PowerShell: the script is closed everywhere, and its table leads from each command to those below it', () => {
  const script = powershellScript(tree);
  for (const [open, close] of ['{}', '()', '[]'])
    expect([open, script.split(open ?? '').length]).toEqual([open, script.split(close ?? '').length]);
  for (const line of script.split('\n')) expect([line, line.split("'").length % 2]).toEqual([line, 1]);
  const listOf = (text = '') => [...text.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? '');
  const table = new Map(
    [...script.matchAll(/^ {4}'([^']*)' = @\{ Words = @\((.*?)\); Below = @\((.*?)\) \}$/gm)].map(
      ([, path = '', words, below]) => [path, { words: listOf(words), below: listOf(below) }] as const,
    ),
  );
  expect(table.get('')?.below).toEqual(expect.arrayContaining(['serve', 'config', 'health']));
  expect(table.get('config')?.words).toEqual(expect.arrayContaining(['set', 'schema']));
  expect(table.get('serve')?.words).toEqual(expect.arrayContaining(['--port', '--host']));
  const paths = [...table.keys()];
  for (const [path, { below }] of table)
    for (const word of below.filter((each) => each !== 'health')) expect(paths).toContain(`${path} ${word}`.trim());
});

test('each shell that is here takes its script without a complaint', () => {
  const folder = tempFolder('completion-');
  const scripts = [
    ['bash', ['-n'], bashScript(tree)],
    ['zsh', ['-n'], zshScript(tree)],
    ['fish', ['--no-execute'], fishScript(tree)],
  ] as const;
  for (const [shell, flags, script] of scripts) {
    const file = join(folder, shell);
    writeFileSync(file, script);
    if (!has(shell)) process.stdout.write(`SKIPPED: ${shell} is not installed, its completion script is not parsed\n`);
    else expect([shell, spawnSync(shell, [...flags, file], { encoding: 'utf8' }).stderr]).toEqual([shell, '']);
  }
});

test('every script knows every command and every option', () => {
  const scripts = [bashScript(tree), zshScript(tree), fishScript(tree), powershellScript(tree)];
  const missing = (node: CommandNode, script: string): string[] => [
    ...node.options.filter(({ long }) => !script.includes(long.slice(2))).map(({ long }) => long),
    ...node.children.flatMap((child) => (script.includes(child.name) ? missing(child, script) : [child.name])),
  ];
  for (const script of scripts) expect(missing(tree, script)).toEqual([]);
});
