import type { Command } from 'commander';
import type { Cli } from './commands.ts';
import { version } from './package-version.ts';

/** `claude-bedrock version` */
export function define(command: Command, { output }: Cli): void {
  command.option('--json', 'print one JSON object').action(({ json }: { json?: boolean }) => {
    const { node } = process.versions;
    const { platform, arch } = process;
    if (json) output.json({ version, node, platform, arch });
    else output.result(`claude-bedrock ${version} (Node ${node}, ${platform} ${arch})`);
  });
}
