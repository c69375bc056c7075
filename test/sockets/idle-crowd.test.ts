import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { deadlineMs } from '../deadline.ts';
import { hello, rawSocket, startProxy } from '../http/proxy-under-test.ts';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { tempFolder } from '../temp-folder.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const crowdProgram = join(import.meta.dirname, 'children/idle-crowd.ts');
const wanted = 10_000;
/** What a process needs beside the connections: its modules, its standard streams, the request under test. */
const spare = 200;
const posix = process.platform !== 'win32';

/** How many files a process here may be allowed to open; Windows has no such limit. */
function mostFiles(): number {
  if (!posix) return Number.POSITIVE_INFINITY;
  const told = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return told === 'unlimited' ? Number.POSITIVE_INFINITY : Number(told);
}

/** Runs a script in a process that may open `files` files. */
function start(files: number, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  const child = posix
    ? spawn('sh', ['-c', `ulimit -n ${files}; exec "$@"`, 'sh', process.execPath, ...args], { env })
    : spawn(process.execPath, args, { env });
  child.stderr.pipe(process.stderr);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Gives the next line as JSON, each time it is called. */
function linesOf(child: ChildProcessWithoutNullStreams): () => Promise<Record<string, unknown>> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => JSON.parse((await lines.next()).value ?? '{"failed":"the process ended"}');
}

const crowdSize = Math.min(wanted, mostFiles() - spare);
if (crowdSize < wanted)
  process.stderr.write(`only ${crowdSize} of ${wanted} idle connections: ulimit -Hn allows no more (promise 24)\n`);

test(`promise 24: ${crowdSize} idle connections do not take the server down; a real request among them is answered at once`, async () => {
  const home = tempFolder('idle-crowd-');
  // As long as the test may take: who says nothing is otherwise cut off after 10 s.
  writeFileSync(join(home, 'config.toml'), '[timeouts]\nheaders = 120\nkeepAlive = 120\n');
  const shared = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };
  const server = start(crowdSize + spare, [main, 'serve', '--port', '0', '--json'], {
    ...shared,
    CLAUDE_BEDROCK_HOME: home,
    CLAUDE_BEDROCK_UPSTREAM: 'demo',
    CLAUDE_BEDROCK_API_KEY: 'k',
    CLAUDE_BEDROCK_LOG_LEVEL: 'error',
  });
  const exited = once(server, 'exit');
  const { url } = await linesOf(server)();
  const ask = async (stream: boolean): Promise<string> => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer k', 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ ...hello, stream }),
    });
    expect(response.status).toBe(200);
    return response.text();
  };
  // Loads what the first request loads.
  await ask(false);

  const crowd = start(crowdSize + spare, [crowdProgram, new URL(String(url)).port, String(crowdSize)], shared);
  const next = linesOf(crowd);
  expect(await next()).toEqual({ open: crowdSize });
  const startedAt = performance.now();
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(deadlineMs);
  expect(await ask(true)).toContain('data: [DONE]');
  crowd.stdin.write('still there?\n');
  expect(await next()).toEqual({ open: crowdSize });

  crowd.stdin.end();
  await once(crowd, 'exit');
  expect(await ask(false)).toContain('"finish_reason":"stop"');
  server.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
}, 90_000);

test('promise 24: a crowd that fills every place and says nothing is put out, and the next one gets in', async () => {
  const upstream = scripted(() => singly(anAnswer()));
  const proxy = await startProxy({ upstream, server: { maxConnections: 50, headersMs: 300 } });
  onTestFinished(() => proxy.close());
  const silent = await Promise.all(Array.from({ length: 50 }, () => rawSocket(proxy.port)));
  const beyond = await rawSocket(proxy.port);
  expect(await beyond.closed()).toBe('');
  await Promise.all(silent.map((socket) => socket.closed()));
  expect((await proxy.chat(hello)).status).toBe(200);
});
