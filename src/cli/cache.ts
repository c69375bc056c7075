import type { Command } from 'commander';
import { bearer } from '../base/bearer.ts';
import { isObject } from '../base/json.ts';
import { configuredUrl } from '../config/server-url.ts';
import { answeringServer } from './answering-server.ts';
import { count } from './columns.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { ownKey } from './own-key.ts';
import { readSettings } from './settings.ts';

type Flags = { json?: boolean };

/** `claude-bedrock cache stats|clear`: both ask the proxy that is running, because the cache lives in its memory only. */
export function define(command: Command, { output, exit }: Cli): void {
  const both = [
    { name: 'stats', does: 'what the response cache of the running proxy holds', method: 'GET' },
    { name: 'clear', does: 'forget every cached answer', method: 'DELETE' },
  ] as const;
  for (const { name, does, method } of both) {
    command
      .command(name)
      .description(does)
      .option('--json', 'print one JSON object')
      .action(async (flags: Flags) => exit(await ask(method, flags, output)));
  }
}

async function ask(method: 'GET' | 'DELETE', flags: Flags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings({}, output);
  if (!loaded) return exitCodes.badConfig;
  const server = await answeringServer(loaded);
  // A proxy in a container leaves no note here; the variable then says its key.
  const key = loaded.apiKey ?? (server && (await ownKey(loaded).catch(() => undefined)));
  if (!key) {
    const fix = server
      ? 'set CLAUDE_BEDROCK_API_KEY to it'
      : 'claude-bedrock serve, or set CLAUDE_BEDROCK_API_KEY to the key of one that runs elsewhere';
    output.fail({
      error: server
        ? 'the key of the running proxy is not known here'
        : 'no proxy is running here, so there is no cache',
      fix,
    });
    return exitCodes.failed;
  }
  const url = server?.url ?? configuredUrl(loaded.settings);
  const reply = await fetch(`${url}/admin/cache`, {
    method,
    headers: bearer(key),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined);
  if (!reply?.ok) {
    const cause = reply ? `it answered ${reply.status}` : `nothing answers at ${url}`;
    // Only a key for operations may look at them.
    const admin = reply?.status === 401 || reply?.status === 403;
    const fix = admin ? 'claude-bedrock key create operator --scope admin' : 'claude-bedrock status';
    output.fail({ error: 'the proxy could not be asked', cause, fix });
    return exitCodes.failed;
  }
  const stats: unknown = await reply.json();
  const numbers = isObject(stats)
    ? Object.fromEntries(Object.entries(stats).map(([name, value]) => [name, Number(value)]))
    : {};
  if (flags.json) output.json(numbers);
  else output.result(method === 'DELETE' ? 'The response cache is empty.' : told(numbers));
  return exitCodes.ok;
}

function told(stats: Record<string, number>): string {
  const of = (name: string) => count(stats[name] ?? 0);
  const asked = (stats['hits'] ?? 0) + (stats['misses'] ?? 0);
  const share = asked === 0 ? '' : ` (${Math.round((100 * (stats['hits'] ?? 0)) / asked)} % of ${count(asked)} looks)`;
  return [
    `answers   ${of('entries')}, ${of('bytes')} of ${of('maxBytes')} bytes`,
    `hits      ${of('hits')}${share}`,
    `shared    ${of('shared')} calls were answered by an identical one in flight`,
  ].join('\n');
}
