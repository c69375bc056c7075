import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connect, exchange } from '../../scripts/bench/exchange.ts';
import { startSimulator } from '../../src/demo/bedrock-simulator.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function serverOf(parts: readonly string[], headers: Record<string, string> = {}): Promise<Socket> {
  const server: Server = createServer(async (_, response) => {
    response.writeHead(200, headers);
    for (const part of parts) {
      response.write(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = await connect((server.address() as AddressInfo).port);
  open.push({ close: () => socket.destroy() }, server);
  return socket;
}

const get = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

test('marks are counted wherever a read splits them', async () => {
  const text = 'a~@~@00000000000001b~@~@00000000000002c';
  for (let at = 1; at < text.length; at++) {
    const socket = await serverOf([text.slice(0, at), text.slice(at)], { 'content-length': String(text.length) });
    expect((await exchange(socket, get)).chunks).toBe(2);
  }
});

test('a keep-alive connection carries one exchange after the other', async () => {
  const simulator = await startSimulator({ load: { chunks: 70, delayMs: 0, bytesPerChunk: 40 } });
  open.push(simulator);
  const socket = await connect(Number(new URL(simulator.url).port));
  for (let turn = 0; turn < 3; turn++) {
    const seen = await exchange(
      socket,
      'POST /model/m/converse-stream HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}',
    );
    expect(seen.chunks).toBe(70);
    expect(seen.firstChunkUs).toBeLessThanOrEqual(seen.totalUs);
  }
  expect(simulator.connections()).toBe(1);
  socket.destroy();
});

test('a status that is not 200 and an early end are errors', async () => {
  const simulator = await startSimulator();
  open.push(simulator);
  const socket = await connect(Number(new URL(simulator.url).port));
  await expect(exchange(socket, 'POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')).rejects.toThrow(
    '404',
  );
  const other = await connect(Number(new URL(simulator.url).port));
  const pending = exchange(other, 'POST /model/');
  other.destroy();
  await expect(pending).rejects.toThrow('closed before');
});
