import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { ProxyError } from '../base/errors.ts';
import { isObject, parsedJson } from '../base/json.ts';
import { errorIn } from '../connect/proxy-answer.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { tell } from './identity-room.ts';
import { type LocalProxy, withProxy } from './local-proxy.ts';
import { positive } from './number-flag.ts';
import type { Output } from './output.ts';
import { postChat } from './post-chat.ts';
import { readSettings } from './settings.ts';

type AskFlags = { model?: string; maxTokens?: string; upstream?: string; json?: boolean };

/** `claude-bedrock ask` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .argument('[question...]', 'what to ask; text piped in on stdin comes after it')
    .option('-m, --model <name>', 'the model (default: the setting models.default)')
    .option('--max-tokens <number>', 'the longest answer')
    .addOption(new Option('--upstream <upstream>', 'bedrock, or demo for the simulator').choices(['bedrock', 'demo']))
    .option('--json', 'print one JSON object when the answer is complete')
    .action(async (words: string[], flags: AskFlags) => exit(await ask(words, flags, output)));
}

async function ask(words: readonly string[], flags: AskFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings(flags.upstream === undefined ? {} : { upstream: flags.upstream }, output);
  if (!loaded) return exitCodes.badConfig;
  const piped = process.stdin.isTTY ? '' : (await text(process.stdin)).trim();
  const question = [words.join(' '), piped].filter((part) => part !== '').join('\n\n');
  if (question === '') {
    output.fail({ error: 'there is no question', fix: 'claude-bedrock ask "What is Converse?"' });
    return exitCodes.usage;
  }
  const maxTokens = flags.maxTokens === undefined ? undefined : positive('--max-tokens', flags.maxTokens, output);
  if (flags.maxTokens !== undefined && maxTokens === undefined) return exitCodes.usage;
  const model = flags.model ?? loaded.settings.models.default;
  const asked = { question, model, maxTokens, json: flags.json };
  try {
    return await withProxy(loaded, (proxy) => stream(proxy, asked, output));
  } catch (error) {
    if (error instanceof ProxyError) return tell(error, output);
    throw error;
  }
}

type Asked = { question: string; model: string; maxTokens: number | undefined; json: boolean | undefined };

async function stream(
  proxy: LocalProxy,
  { question, model, maxTokens, json }: Asked,
  output: Output,
): Promise<ExitCode> {
  const response = await postChat(proxy, {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: question }],
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
  });
  if (!response.ok || response.body === null) return refusal(await response.text(), response.status, output);
  const told = { text: '', model, inputTokens: 0, outputTokens: 0 };
  for await (const event of eventsOf(response.body)) {
    const error = event['error'];
    if (isObject(error)) return refusal(JSON.stringify({ error }), 502, output);
    const piece = pieceOf(event);
    told.text += piece;
    if (!json) process.stdout.write(piece);
    const { usage } = event;
    if (typeof event['model'] === 'string') told.model = event['model'];
    if (isObject(usage)) {
      told.inputTokens = Number(usage['prompt_tokens'] ?? 0);
      told.outputTokens = Number(usage['completion_tokens'] ?? 0);
    }
  }
  if (json) output.json(told);
  else process.stdout.write('\n');
  return exitCodes.ok;
}

/** The data of a stream of server-sent events: our own proxy writes each as one line. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Record<string, unknown>> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const event: unknown = JSON.parse(line.slice('data: '.length));
      if (isObject(event)) yield event;
    }
  }
}

function pieceOf({ choices }: Record<string, unknown>): string {
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const delta = isObject(choice) && isObject(choice['delta']) ? choice['delta'] : {};
  return typeof delta['content'] === 'string' ? delta['content'] : '';
}

function refusal(body: string, status: number, output: Output): ExitCode {
  const error = errorIn(parsedJson(body));
  const [what, fix] = String(error['message'] ?? `the proxy answered ${status}`).split(' Fix: ');
  output.fail({ error: what ?? '', fix });
  if (error['code'] === 'sign_in_needed') return exitCodes.signInNeeded;
  return status >= 500 || status === 429 || status === 403 ? exitCodes.upstreamRefused : exitCodes.failed;
}
