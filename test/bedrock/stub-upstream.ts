import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { onTestFinished } from 'vitest';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text),
);

/** A frame by the AWS codec. */
function frame(headers: Record<string, string>, body: unknown): Buffer {
  return rawFrame(headers, JSON.stringify(body));
}

/** A frame whose payload is any text. */
export function rawFrame(headers: Record<string, string>, body: string): Buffer {
  const typed = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]),
  );
  return Buffer.from(codec.encode({ headers: typed, body: Buffer.from(body) }));
}

export const eventFrame = (name: string, body: unknown): Buffer =>
  frame({ ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' }, body);

export const exceptionFrame = (name: string, message: string): Buffer =>
  frame({ ':exception-type': name, ':content-type': 'application/json', ':message-type': 'exception' }, { message });

export const errorFrame = (code: string, message: string): Buffer =>
  frame({ ':message-type': 'error', ':error-code': code, ':error-message': message }, {});

/** "Hello" as Bedrock streams it, one frame each. */
export const hello: readonly Buffer[] = [
  eventFrame('messageStart', { role: 'assistant', p: 'ab' }),
  eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hel' }, p: 'abc' }),
  eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'lo' }, p: 'a' }),
  eventFrame('contentBlockStop', { contentBlockIndex: 0, p: 'abcd' }),
  eventFrame('messageStop', { stopReason: 'end_turn', p: 'a' }),
  eventFrame('metadata', {
    usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
    metrics: { latencyMs: 4 },
    p: 'abcdef',
  }),
];

export type Asked = { path: string; headers: IncomingMessage['headers']; body: unknown; response: ServerResponse };

export type Stub = {
  url: string;
  asked: Asked[];
  connections: () => number;
  /** Resolves when a client's socket has closed. */
  closed: () => Promise<void>;
};

/** An HTTP/1.1 server on loopback that answers by `answer` and lives as long as the test; with a certificate it speaks TLS. */
export async function stubUpstream(
  answer: (asked: Asked, nth: number) => void,
  certificate?: { key: string; cert: string },
): Promise<Stub> {
  const asked: Asked[] = [];
  let connections = 0;
  const closings: (() => void)[] = [];
  let closedCount = 0;
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Asked = {
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()),
        response,
      };
      answer(one, asked.push(one) - 1);
    });
  };
  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  server.on('connection', (socket) => {
    connections++;
    socket.on('error', () => {});
    socket.on('close', () => {
      closedCount++;
      for (const closing of closings.splice(0)) closing();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http${certificate ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    connections: () => connections,
    closed: () => (closedCount > 0 ? Promise.resolve() : new Promise((resolve) => closings.push(resolve))),
  };
}

/** Begins an event-stream response. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req-1' });
  response.flushHeaders();
}

/** Answers with all of `frames` and ends. */
export function sendFrames(response: ServerResponse, frames: readonly Buffer[]): void {
  openStream(response);
  for (const bytes of frames) response.write(bytes);
  response.end();
}

/** Rejects when `promise` has not settled in time. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
