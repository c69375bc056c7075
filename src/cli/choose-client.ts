import { clients } from '../connect/client-list.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { canAsk } from './terminal.ts';

/** A client by a name that nobody has. */
export function noSuchClient(name: string, output: Output): ExitCode {
  output.fail({
    error: `no client is called "${name}"`,
    cause: `known are ${clients.map((client) => client.name).join(', ')}; docs/clients/others.md has the rest`,
    fix: 'claude-bedrock connect --help',
  });
  return exitCodes.usage;
}

/** Which client is meant, when none was named; undefined after Ctrl+C, or after it was told that nobody can be asked. */
export async function chooseClient(output: Output): Promise<string | undefined> {
  if (!canAsk()) {
    output.fail({
      error: 'no client was named',
      cause: `known are ${clients.map(({ name }) => name).join(', ')}`,
      fix: 'claude-bedrock connect cline',
    });
    return undefined;
  }
  const { isCancel, select } = await import('@clack/prompts');
  const answer = await select({
    message: 'Which of your tools?',
    withGuide: false,
    showInstructions: false,
    options: clients.map(({ name, title }) => ({ value: name, label: title })),
  });
  return isCancel(answer) ? undefined : answer;
}
