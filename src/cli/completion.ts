import { Argument, type Command } from 'commander';
import { commandTree } from './command-tree.ts';
import type { Cli } from './commands.ts';
import { bashScript, fishScript, powershellScript, zshScript } from './completion-scripts.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript } as const;

/** `claude-bedrock completion` */
export function define(command: Command, { output }: Cli): void {
  const names = Object.keys(scripts) as (keyof typeof scripts)[];
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(names))
    .addHelpText(
      'after',
      `
bash         claude-bedrock completion bash > ~/.local/share/bash-completion/completions/claude-bedrock
zsh          claude-bedrock completion zsh > "\${fpath[1]}/_claude-bedrock"
fish         claude-bedrock completion fish > ~/.config/fish/completions/claude-bedrock.fish
PowerShell   claude-bedrock completion powershell >> $PROFILE`,
    )
    .action(async (shell: keyof typeof scripts) => output.verbatim(scripts[shell](await commandTree())));
}
