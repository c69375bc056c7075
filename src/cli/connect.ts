import type { Command } from 'commander';
import { clients } from '../connect/client-list.ts';
import type { Cli } from './commands.ts';
import type { ConnectFlags } from './connect-client.ts';
import { addInstallFlags } from './cursor.ts';
import type { CursorInstallFlags } from './cursor-install.ts';
import { exitCodes } from './exit-codes.ts';
import { canAsk } from './terminal.ts';

/** `claude-bedrock connect <client>`: one subcommand per client, so that `--help` lists them all. */
export function define(command: Command, { output, exit }: Cli): void {
  command.allowExcessArguments().action(async () => {
    const { chooseClient, noSuchClient } = await import('./choose-client.ts');
    const [unknown] = command.args;
    if (unknown !== undefined) return exit(noSuchClient(unknown, output));
    const name = await chooseClient(output);
    if (name === undefined) return exit(canAsk() ? exitCodes.interrupted : exitCodes.usage);
    const { run } = await import('./program.ts');
    exit(await run(['connect', name], output));
  });
  for (const client of clients) {
    const sub = command.command(client.name).description(client.title);
    if (client.name === 'cursor') {
      addInstallFlags(sub).action(async (flags: CursorInstallFlags) => {
        const { cursorInstall } = await import('./cursor-install.ts');
        exit(await cursorInstall(flags, output));
      });
      continue;
    }
    sub
      .option('--undo', 'put the settings file back as it was')
      .option('--dry-run', 'show the change, write nothing')
      .option('--yes', 'write without asking')
      .option('--no-input', 'never ask')
      .option('--wait', 'wait for the client’s first request')
      .option('--file <path>', 'its settings file, where it stands elsewhere')
      .option('--json', 'print one JSON object')
      .action(async (flags: ConnectFlags) => {
        const { connectClient } = await import('./connect-client.ts');
        exit(await connectClient(client, flags, output));
      });
  }
}
