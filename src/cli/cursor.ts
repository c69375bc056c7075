import type { Command } from 'commander';
import type { Cli } from './commands.ts';
import type { CursorConfigFlags } from './cursor-config.ts';
import type { CursorInstallFlags } from './cursor-install.ts';
import type { CursorStatusFlags } from './cursor-status.ts';
import { addServeFlags } from './settings.ts';

/** `claude-bedrock cursor install|config|status`; each part is loaded when it is run. */
export function define(command: Command, { output, exit }: Cli): void {
  addInstallFlags(
    command.command('install').description('open a tunnel for Cursor, prove it, and say what to type where'),
  ).action(async (flags: CursorInstallFlags) => {
    const { cursorInstall } = await import('./cursor-install.ts');
    exit(await cursorInstall(flags, output));
  });
  command
    .command('status')
    .description('say why Cursor does, or does not, reach the proxy')
    .option('--typed-url <url>', 'the base URL that stands in Cursor')
    .option('--typed-model <name>', 'the model name that stands in Cursor')
    .option('--shown-error <text>', 'the error text that Cursor shows')
    .option('--json', 'print one JSON object')
    .action(async (flags: CursorStatusFlags) => {
      const { cursorStatus } = await import('./cursor-status.ts');
      exit(await cursorStatus(flags, output));
    });
  command
    .command('config')
    .description('print, or write, rules for Cursor that help in this project')
    .option('--write', 'write them below .cursor/rules')
    .option('--folder <path>', 'the project (default: this folder)')
    .option('--json', 'print one JSON object')
    .action(async (flags: CursorConfigFlags) => {
      const { cursorConfig } = await import('./cursor-config.ts');
      exit(await cursorConfig(flags, output));
    });
}

/** The flags of `cursor install`, which `connect cursor` has too. */
export function addInstallFlags(command: Command): Command {
  return addServeFlags(command)
    .option('--upstream <upstream>', 'bedrock, or demo for the simulator')
    .option('--url <https-url>', 'your own public address, instead of a tunnel program')
    .option('--with <program>', 'cloudflared, ngrok or tailscale')
    .option('--model <name>', 'the model name to type into Cursor', 'bedrock-sonnet')
    .option('--no-input', 'never ask');
}
