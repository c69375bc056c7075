import type { Command } from 'commander';
import type { Cli } from './commands.ts';
import type { ServiceFlags } from './service-acts.ts';

/** `claude-bedrock service install|uninstall|status` */
export function define(command: Command, { output, exit }: Cli): void {
  const act = (name: 'install' | 'uninstall' | 'status', description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('--json', 'print one JSON object')
      .action(async (flags: ServiceFlags) => {
        const acts = await import('./service-acts.ts');
        exit(await acts[name](flags, output));
      });
  act('install', 'start the proxy at login')
    .option('--dry-run', 'show the files and commands, change nothing')
    .option('--no-start', 'write the files, start nothing');
  act('uninstall', 'stop it and take the files away');
  act('status', 'say whether it is installed, up to date and running');
}
