import type { Command } from 'commander';
import { parsedJson } from '../base/json.ts';
import type { Loaded } from '../config/load.ts';
import { causeOf, textIn } from '../connect/proxy-answer.ts';
import type { Cli } from './commands.ts';
import { curlLine } from './curl-line.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { firstClause } from './first-clause.ts';
import type { Output } from './output.ts';
import { postChat } from './post-chat.ts';
import { listening } from './serve.ts';
import { type Running, startServer, untilStopped } from './server-run.ts';
import { addServeFlags, readSettings, type ServeFlags } from './settings.ts';

/** `claude-bedrock demo` */
export function define(command: Command, { output, exit }: Cli): void {
  addServeFlags(command).action(async (flags: ServeFlags) => exit(await demo(flags, output, tell)));
}

/** The demo asks itself one question, and would not trust a certificate that signs itself. */
function withoutTls(loaded: Loaded): Loaded {
  const listen = { ...loaded.settings.listen, tlsCert: undefined, tlsKey: undefined, tlsSelfSigned: false };
  return { ...loaded, settings: { ...loaded.settings, listen } };
}

/** How the first answer is told. */
export type Told = (running: Running, first: FirstAnswer, output: Output) => void | Promise<void>;

/** Starts the proxy on the simulator, makes one request through it, tells it, and serves until it is stopped. */
export async function demo(flags: ServeFlags, output: Output, told: Told): Promise<ExitCode> {
  const loaded = await readSettings({ ...flags, upstream: 'demo' }, output);
  if (!loaded) return exitCodes.badConfig;
  // The log waits: what is said first stays in one piece.
  const { promise: after, resolve: said } = Promise.withResolvers<void>();
  const running = await startServer(withoutTls(loaded), output, { json: flags.json, after, command: 'demo' });
  if (typeof running === 'number') return running;
  const first = await firstAnswer(running);
  if ('error' in first) {
    output.fail({
      error: 'the first request through the proxy failed',
      cause: first.error,
      fix: 'claude-bedrock doctor',
    });
    said();
    await running.composition.close('first request failed');
    return exitCodes.failed;
  }
  if (flags.json) output.json({ ...listening(running, 'demo'), apiKey: running.key.reveal(), ...first });
  else await told(running, first, output);
  said();
  return untilStopped(running);
}

/** How the first request went; `ms` from the question to the whole answer. */
export type FirstAnswer = { status: number; ms: number; text: string };

/** One real request through the proxy: socket, key, translation, signature, event frames and back. */
async function firstAnswer(running: Running): Promise<FirstAnswer | { error: string }> {
  const startedAt = performance.now();
  try {
    const question = { model: 'bedrock-sonnet', messages: [{ role: 'user', content: 'Hello! Who are you?' }] };
    const response = await postChat(running, question, { signal: AbortSignal.timeout(20_000) });
    const body = await response.text();
    if (!response.ok) return { error: `${response.status} ${body}` };
    const ms = Math.round(performance.now() - startedAt);
    return { status: response.status, ms, text: textIn(parsedJson(body)) };
  } catch (error) {
    return { error: causeOf(error) };
  }
}

function tell({ url, key }: Running, first: FirstAnswer, output: Output): void {
  const { paint, result, verbatim } = output;
  const done = paint('green', '✓');
  result(`${done} Proxy        on a simulated Bedrock: no AWS account, no cost`);
  verbatim(`${done} First call   ${first.status} in ${first.ms} ms: "${firstClause(first.text)}"`);
  result('');
  result(`Base URL   ${url}/v1`);
  result(`API key    ${key.reveal()}`);
  result('');
  result('Try it in another terminal:');
  result(curlLine(url, key.reveal()));
  result('');
  result('Press Ctrl+C to stop.');
}
