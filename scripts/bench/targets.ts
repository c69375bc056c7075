import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Load } from '../../src/demo/load.ts';
import { connect, exchange } from './exchange.ts';

const here = import.meta.dirname;
const startDeadlineMs = 15_000;

/** The simulator process: the shape of its answers can be set, its connections counted. */
export type Upstream = {
  port: number;
  pid: number;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Sets the load and returns how many connections there have been. */
  shape(load: Load): Promise<number>;
  stop(): void;
};

export type Message = { role: 'user' | 'assistant'; content: string };

/** Something that takes requests; `ask` makes the text of one, all different, with `more` behind its words and `before` before them. */
export type Target = {
  name: 'direct' | 'floor' | 'proxy';
  port: number;
  pid: number;
  ask(stream: boolean, more?: string, before?: readonly Message[]): string;
  /** Milliseconds from spawn to the first answer. */
  startMs: number;
  stop(): void;
};

export async function startUpstream(): Promise<Upstream> {
  const child = fork(join(here, 'simulator.ts'));
  const [ready] = await once(child, 'message', { signal: AbortSignal.timeout(startDeadlineMs) });
  return {
    port: ready.port,
    credentials: ready.credentials,
    pid: child.pid ?? 0,
    async shape(load) {
      child.send(load);
      const [{ connections }] = await once(child, 'message', { signal: AbortSignal.timeout(startDeadlineMs) });
      return connections;
    },
    stop: () => void child.kill(),
  };
}

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const words = 'Please explain briefly what happens when a river meets the sea.';

function bedrockRequest(port: number, number: number, stream: boolean): string {
  const body = JSON.stringify({
    messages: [{ role: 'user', content: [{ text: `${words} (${number})` }] }],
    inferenceConfig: { maxTokens: 1000 },
  });
  const path = `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`;
  return requestText(port, path, body, '');
}

type Chat = { port: number; number: number; stream: boolean; key: string; more: string; before: readonly Message[] };

function chatRequest({ port, number, stream, key, more, before }: Chat): string {
  const body = JSON.stringify({
    model,
    messages: [...before, { role: 'user', content: `${words} (${number})${more}` }],
    max_tokens: 1000,
    stream,
  });
  return requestText(port, '/v1/chat/completions', body, `authorization: Bearer ${key}\r\n`);
}

function requestText(port: number, path: string, body: string, more: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export function directTarget(upstream: Upstream): Target {
  let number = 0;
  return {
    name: 'direct',
    port: upstream.port,
    pid: upstream.pid,
    startMs: Number.NaN,
    ask: (stream) => bedrockRequest(upstream.port, ++number, stream),
    stop: () => {},
  };
}

export async function startFloor(upstream: Upstream): Promise<Target> {
  const started = await startProgram([join(here, 'floor.mjs'), String(upstream.port)], {});
  let number = 0;
  return { name: 'floor', ...started, ask: (stream) => bedrockRequest(started.port, ++number, stream) };
}

/** The built program with an empty home of its own, in its default configuration or in the given one (TOML). */
export async function startProxy(program: string, upstream: Upstream, config = ''): Promise<Target> {
  const home = mkdtempSync(join(tmpdir(), 'claude-bedrock-bench-'));
  writeFileSync(join(home, 'config.toml'), config);
  const key = 'bench-key-0123456789abcdef0123456789abcdef';
  const started = await startProgram([program, 'serve', '--port', '0', '--json'], {
    CLAUDE_BEDROCK_HOME: home,
    CLAUDE_BEDROCK_API_KEY: key,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: upstream.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: upstream.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${upstream.port}`,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  let number = 0;
  const stop = () => {
    started.stop();
    rmSync(home, { recursive: true, force: true });
  };
  return {
    name: 'proxy',
    ...started,
    stop,
    ask: (stream, more = '', before = []) =>
      chatRequest({ port: started.port, number: ++number, stream, key, more, before }),
  };
}

async function startProgram(args: readonly string[], env: Record<string, string>) {
  const before = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: env['CLAUDE_BEDROCK_HOME'] ?? tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const port = await listeningPort(child);
  const socket = await connect(port);
  await exchange(socket, `GET /livez HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
  const startMs = performance.now() - before;
  socket.destroy();
  return { port, pid: child.pid ?? 0, startMs, stop: () => void child.kill('SIGKILL') };
}

/** Reads the line that says where the program listens; what else it writes is thrown away, so that it never blocks. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    let complaint = '';
    const timer = setTimeout(
      () => reject(new Error(`Not listening after ${startDeadlineMs} ms. ${complaint}`)),
      startDeadlineMs,
    );
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Ended with code ${code} before it listened. ${complaint}`));
    });
    child.stderr?.on('data', (data: Buffer) => {
      if (complaint.length < 2000) complaint += data;
    });
    child.stdout?.on('data', (data: Buffer) => {
      if (text.length > 10_000) return;
      text += data;
      const port = /"url":"http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}
