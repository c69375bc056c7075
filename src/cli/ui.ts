import type { Command } from 'commander';
import { bearer } from '../base/bearer.ts';
import { isObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import { leaveProof } from '../config/local-proof.ts';
import { runningServer } from '../config/server-note.ts';
import { configuredUrl } from '../config/server-url.ts';
import type { Cli } from './commands.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { openBrowser } from './open-browser.ts';
import type { Failure, Output } from './output.ts';
import { readSettings } from './settings.ts';

type UiFlags = { port?: string; open: boolean; json?: boolean };

/** `claude-bedrock ui` */
export function define(command: Command, { output, exit }: Cli): void {
  command
    .option('--port <port>', 'port of the running proxy, where it cannot be found')
    .option('--no-open', 'print the link instead of opening a browser')
    .option('--json', 'print the link as one JSON object')
    .action(async (flags: UiFlags) => exit(await ui(flags, output)));
}

async function ui(flags: UiFlags, output: Output): Promise<ExitCode> {
  const loaded = await readSettings(flags.port === undefined ? {} : { port: flags.port }, output);
  if (!loaded) return exitCodes.badConfig;
  const link = await askForLink(baseOf(loaded, flags), loaded);
  if ('error' in link) {
    output.fail(link);
    return exitCodes.failed;
  }
  if (flags.json) output.json({ url: link.url, expiresInSeconds: link.expiresInSeconds });
  else if (flags.open && (await openBrowser(link.url))) output.note('The dashboard opens in your browser.');
  else {
    output.verbatim(link.url);
    output.note(`Open it within ${link.expiresInSeconds} seconds; it lets one browser in, once.`);
  }
  return exitCodes.ok;
}

function baseOf({ paths, settings }: Loaded, { port }: UiFlags): string {
  const noted = port === undefined ? runningServer(paths.state)?.url : undefined;
  return noted ?? configuredUrl(settings);
}

type Link = { url: string; expiresInSeconds: number };

/** First by a file that only we can leave; the key is sent only to a proxy that cannot see our files, as in a container. */
async function askForLink(base: string, { paths, apiKey }: Loaded): Promise<Link | Failure> {
  const { proof, take } = leaveProof(paths.state);
  try {
    const first = await request(base, proof, undefined);
    const asked = first.status === 401 && apiKey ? await request(base, proof, apiKey) : first;
    const body: unknown = await asked.json();
    if (asked.ok && isObject(body) && typeof body['url'] === 'string') {
      return { url: body['url'], expiresInSeconds: Number(body['expiresInSeconds']) };
    }
    return refusal(base, asked.status);
  } catch (error) {
    return {
      error: `no proxy answers at ${base}`,
      cause: causeOf(error),
      fix: 'claude-bedrock serve',
    };
  } finally {
    take();
  }
}

function causeOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'what answers there is another program';
  return error instanceof Error ? String(error.cause ?? error.message) : String(error);
}

const patienceMs = 10_000;

function request(base: string, proof: string, apiKey: Secret | undefined): Promise<Response> {
  return fetch(`${base}/ui/link`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiKey && bearer(apiKey)),
    },
    body: JSON.stringify({ proof }),
    signal: AbortSignal.timeout(patienceMs),
    redirect: 'error',
  });
}

function refusal(base: string, status: number): Failure {
  if (status === 401) {
    return {
      error: `the proxy at ${base} gave no link`,
      cause: 'it does not share this state folder, and the API key is missing or wrong',
      fix: 'set CLAUDE_BEDROCK_API_KEY to the proxy’s key, or CLAUDE_BEDROCK_HOME to its folder',
    };
  }
  return { error: `the proxy at ${base} gave no link`, cause: `it answered ${status}`, fix: 'claude-bedrock doctor' };
}
