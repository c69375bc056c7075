import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anAnswer, scripted, singly } from '../proxy/call-fixture.ts';
import { hello, key, startProxy } from './proxy-under-test.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'places-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const upstream = scripted(() => singly(anAnswer()));

/** One exchange over a Unix socket, as `curl --unix-socket` sends it. */
function overSocket(socketPath: string, host = 'localhost'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    request({ socketPath, path: '/v1/chat/completions', method: 'POST', headers, agent: false })
      .on('response', async (answer) => resolve({ status: answer.statusCode ?? 0, body: await text(answer) }))
      .on('error', reject)
      .end(JSON.stringify(hello));
  });
}

describe.skipIf(process.platform === 'win32')('a Unix socket', () => {
  test('answers beside the port, is 0600 in a folder of 0700, and goes away with the server', async () => {
    const socket = join(dir, 'new', 'proxy.sock');
    const proxy = await startProxy({ upstream, server: { socket } });
    try {
      expect(statSync(socket).mode & 0o777).toBe(0o600);
      expect(statSync(join(dir, 'new')).mode & 0o777).toBe(0o700);
      expect((await overSocket(socket)).status).toBe(200);
      expect((await overSocket(socket, 'evil.com')).status).toBe(421);
      expect((await proxy.chat(hello)).status).toBe(200);
    } finally {
      await proxy.close();
    }
    expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('what a killed server left is cleared away; a living one and a file are left alone', async () => {
    const socket = join(dir, 'again', 'proxy.sock');
    const first = await startProxy({ upstream, server: { socket } });
    await expect(startProxy({ upstream, server: { socket } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await overSocket(socket)).status).toBe(200);
    await first.close();
    writeFileSync(socket, 'a file');
    await expect(startProxy({ upstream, server: { socket } })).rejects.toThrow(/is no socket/);
  });

  test('a folder that others may enter is refused', async () => {
    chmodSync(dir, 0o755);
    await expect(startProxy({ upstream, server: { socket: join(dir, 'proxy.sock') } })).rejects.toThrow(
      /Others may enter/,
    );
  });
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe('::1 beside 127.0.0.1', () => {
  test('the same port answers at both, or at 127.0.0.1 alone where there is no IPv6', async () => {
    const proxy = await startProxy({ upstream, server: { alsoIPv6: true } });
    try {
      expect((await proxy.chat(hello)).status).toBe(200);
      const over6 = await fetch(`http://[::1]:${proxy.port}/livez`).then(
        ({ status }) => status,
        () => 'nobody',
      );
      expect(over6).toBe(hasIPv6 ? 200 : 'nobody');
    } finally {
      await proxy.close();
    }
  });

  test.skipIf(!hasIPv6)('another program at that port of ::1 would get the keys of `localhost`: refused', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '::1', done));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      await expect(startProxy({ upstream, server: { port, alsoIPv6: true } })).rejects.toMatchObject({
        code: 'EADDRINUSE',
        address: '::1',
      });
    } finally {
      other.close();
    }
  });
});
