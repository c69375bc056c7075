import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { tokenAnswer } from '../../src/auth/token-answer.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server that does this with each connection once its first bytes have come. */
async function rude(behave: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => behave(socket));
  });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const ask = (url: string, deadlineMs = 5_000) =>
  tokenAnswer(
    (signal) => fetch(url, { method: 'POST', body: new URLSearchParams({ refresh_token: 'canary-r' }), signal }),
    deadlineMs,
  );

const portal = 'HTTP/1.1 302 Found\r\nlocation: http://hotel.example/\r\ncontent-length: 0\r\n\r\n';

describe('a token that never left is not spent: the sign-in lives on, however often that happens', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['a handshake that is reset', (socket) => socket.resetAndDestroy()],
    ['a handshake that is hung up on', (socket) => socket.end()],
    ['a hotel’s portal that answers TLS in plain HTTP', (socket) => socket.end(portal)],
    ['a handshake that is never answered', () => {}],
  ])('%s', async (_, behave) => {
    expect(await ask(`https://127.0.0.1:${await rude(behave)}/token`, 500)).toMatchObject({ kind: 'unsent' });
  });

  test('nobody listens', async () => {
    const port = await rude(() => {});
    for (const server of open.splice(0)) server.close();
    expect(await ask(`http://127.0.0.1:${port}/token`)).toEqual({ kind: 'unsent', detail: 'ECONNREFUSED' });
  });
});

describe('a token that left without an answer may be spent', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['the connection is reset', (socket) => socket.resetAndDestroy()],
    ['the connection is closed', (socket) => socket.end()],
    ['no answer comes', () => {}],
    [
      'the answer breaks off',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"access_token":"a'),
    ],
    ['the answer is no JSON', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')],
  ])('%s', async (_, behave) => {
    expect(await ask(`http://127.0.0.1:${await rude(behave)}/token`, 500)).toMatchObject({ kind: 'unanswered' });
  });

  test('also while another request is on its way nowhere', async () => {
    const nowhere = fetch(`https://127.0.0.1:${await rude(() => {})}/`, {
      method: 'POST',
      body: 'x',
      signal: AbortSignal.timeout(500),
    }).catch(() => undefined);
    const port = await rude((socket) => socket.resetAndDestroy());
    expect(await ask(`http://127.0.0.1:${port}/token`)).toMatchObject({ kind: 'unanswered' });
    await nowhere;
  });

  test('and a client of another kind than Node’s fetch is believed nothing', async () => {
    const failed = tokenAnswer(() => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNRESET' })));
    expect(await failed).toEqual({ kind: 'unanswered', detail: 'ECONNRESET' });
  });
});

test('an answer is read as before', async () => {
  const server = createHttpServer((_, response) => {
    response.end(JSON.stringify({ access_token: 'canary-a', expires_in: 300, refresh_token: 'canary-b' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  const { port } = server.address() as AddressInfo;
  expect(await ask(`http://127.0.0.1:${port}/token`)).toMatchObject({ kind: 'granted' });
  server.closeAllConnections();
});

test('a process that was stopped for longer than its deadline reads the answer that came meanwhile: the old token is spent', async () => {
  const asked = new Int32Array(new SharedArrayBuffer(4));
  const issuer = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const server = require('node:http').createServer((request, response) => request.resume().on('end', () => {
       Atomics.store(workerData, 0, 1);
       setTimeout(() => response.end('{"access_token":"canary-a","refresh_token":"canary-b"}'), 100);
     }));
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: asked },
  );
  try {
    const [port] = await once(issuer, 'message');
    const answer = ask(`http://127.0.0.1:${port}/token`, 2_000);
    await expect.poll(() => Atomics.load(asked, 0), { interval: 5 }).toBe(1);
    // As SIGSTOP would, nothing of this process runs for three seconds, and its timers are looked at first.
    await new Promise(setImmediate);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    expect(await answer).toMatchObject({ kind: 'granted' });
  } finally {
    await issuer.terminate();
  }
});
