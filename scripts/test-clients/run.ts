import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Client, Command } from './client.ts';
import { clients } from './clients.ts';
import { exactPackage, fetchClient } from './fetch-client.ts';
import { startProxy } from './proxy.ts';

/*
 * `npm run test:clients [name…]`: real coding agents change a file, with this program in front of the embedded upstream.
 * They are some 850 MB, so they are no devDependencies; a cache folder keeps them (CLAUDE_BEDROCK_CLIENT_CACHE moves it).
 */

const cache =
  process.env['CLAUDE_BEDROCK_CLIENT_CACHE'] ?? join(import.meta.dirname, '../../node_modules/.cache/clients');
const apiKey = 'sk-cb-test-clients';
const taskMs = 120_000;
const logMs = 10_000;
/** Reading the file, changing it, saying so. */
const leastCalls = 3;
const before = 'Hello world';
const after = 'Hello Bedrock';

const wanted = process.argv.slice(2).map((name) => name.toLowerCase());
const chosen = clients.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word)),
);
const scratch = await mkdtemp(join(tmpdir(), 'claude-bedrock-clients-'));
const proxy = await startProxy(scratch, apiKey);
let failures = 0;
try {
  for (const client of chosen) if (!(await tryOut(client))) failures++;
} finally {
  await proxy.close();
  await rm(scratch, { recursive: true, force: true });
}
process.exitCode = failures === 0 && chosen.length > 0 ? 0 : 1;

/** Prints one line; false only for a client that ran and failed. */
async function tryOut(client: Client): Promise<boolean> {
  const title = `${client.name} (${exactPackage(client)})`;
  let bin: string;
  try {
    bin = await fetchClient(client, cache);
  } catch (error) {
    process.stdout.write(`skipped  ${title}: could not be installed: ${firstLines(error)}\n`);
    return true;
  }
  const startedAt = performance.now();
  const complaint = await complaintOf(client, bin);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    complaint === undefined ? `passed   ${title} in ${seconds} s\n` : `FAILED   ${title}: ${complaint}\n`,
  );
  return complaint === undefined;
}

async function complaintOf(client: Client, bin: string): Promise<string | undefined> {
  const root = await mkdtemp(join(scratch, 'task-'));
  const [home, folder] = [join(root, 'home'), join(root, 'work')];
  await mkdir(home);
  await mkdir(folder);
  const file = join(folder, 'greeting.txt');
  await writeFile(file, `${before}\n`);
  const path = client.relativePaths ? 'greeting.txt' : file;
  const prompt = `Please demo:edit ${JSON.stringify({ path, old: before, new: after })}`;
  const seen = proxy.logged.length;
  const command = await client.prepare({ home, folder, file, prompt, baseUrl: proxy.baseUrl, apiKey, bin });
  const { code, output } = await runIn(folder, home, command);
  if (code !== 0) return `it ended with ${code ?? 'a signal'}\n${output.slice(-2_000)}`;
  if ((await readFile(file, 'utf8')) !== `${after}\n`) return `the file was not changed\n${output.slice(-2_000)}`;
  const calls = await callsSince(seen);
  const strange = calls.find(
    ({ outcome, format }) => !['served', 'cached', 'shared'].includes(outcome ?? '') || format !== client.format,
  );
  if (strange) return `a call went wrong: ${JSON.stringify(strange)}`;
  return calls.length < leastCalls ? `only ${calls.length} calls were made` : undefined;
}

/** The log goes its own way, behind the answers: a client may be gone before the line of its last call has been read. */
async function callsSince(seen: number) {
  const deadline = performance.now() + logMs;
  for (;;) {
    const calls = proxy.logged.slice(seen).filter(({ msg }) => msg === 'call');
    if (calls.length >= leastCalls || performance.now() > deadline) return calls;
    await setTimeout(20);
  }
}

/** Its own HOME, and no way out: every address but loopback goes to a proxy that does not exist. */
async function runIn(folder: string, home: string, { command, args, env }: Command) {
  const nowhere = 'http://127.0.0.1:9';
  const child = spawn(command, args, {
    cwd: folder,
    env: {
      PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      HOME: home,
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      ALL_PROXY: nowhere,
      NO_PROXY: '127.0.0.1,localhost',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: taskMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code]: (number | null)[] = await once(child, 'close');
  return { code, output };
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').slice(0, 3).join(' ');
}
