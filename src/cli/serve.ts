import type { Command } from 'commander';
import type { Cli } from './commands.ts';
import { curlLine } from './curl-line.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { keyName } from './own-key.ts';
import { type Running, startServer, untilStopped } from './server-run.ts';
import { addServeFlags, addTlsFlags, readSettings, type ServeFlags } from './settings.ts';

/** `claude-bedrock serve` */
export function define(command: Command, { output, exit }: Cli): void {
  addTlsFlags(addServeFlags(command))
    .option('--upstream <upstream>', 'bedrock, or demo for the simulator')
    .action(async (flags: ServeFlags) => exit(await serve(flags, output)));
}

async function serve(flags: ServeFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings(flags, output);
  if (!loaded) return exitCodes.badConfig;
  const running = await startServer(loaded, output, { json: flags.json });
  if (typeof running === 'number') return running;
  // Before the address is told: whoever reads it may send a signal at once.
  const stopped = untilStopped(running);
  const { upstream } = loaded.settings;
  if (flags.json) output.json(listening(running, upstream));
  else greet(running, upstream, await keyName(loaded), output);
  return stopped;
}

/** The line that scripts wait for. A key that was made for this run is told here, because nobody could know it otherwise. */
export function listening({ url, key, keyIsNew }: Running, upstream: string) {
  return {
    event: 'listening',
    url,
    baseUrl: `${url}/v1`,
    upstream,
    pid: process.pid,
    ...(keyIsNew ? { apiKey: key.reveal() } : {}),
  };
}

function greet(running: Running, upstream: string, kept: string | undefined, output: Output): void {
  const { url, key, keyIsNew } = running;
  const { paint, note } = output;
  const done = paint('green', '✓');
  note(
    `${done} Listening    ${paint('bold', `${url}/v1`)}${upstream === 'demo' ? '   (simulated Bedrock, no AWS account used)' : ''}`,
  );
  note(`${done} API key      ${keyText(running, kept)}`);
  note('');
  // A kept key is not shown again: it is in the editors already, and terminals are shared and recorded.
  if (kept === undefined || !keyIsNew) {
    note('Try it:');
    note(curlLine(url, keyIsNew ? key.reveal() : undefined));
    note('');
    if (keyIsNew) note('A key that stays: claude-bedrock key create editor');
  }
  note('Press Ctrl+C to stop.');
}

function keyText({ key, keyIsNew }: Running, kept: string | undefined): string {
  if (!keyIsNew) return 'the one in CLAUDE_BEDROCK_API_KEY';
  return kept === undefined
    ? `${key.reveal()}   (for this run only)`
    : `"${kept}"   (see it: claude-bedrock key show ${kept})`;
}
