import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { uiStreams } from '../../src/http/ui-events.ts';
import type { News } from '../../src/observe/recent-calls.ts';
import { rawSocket } from './proxy-under-test.ts';

const notice = (about: string): News => ({ type: 'notice', notice: { at: 1, severity: 'info', what: 'w', about } });

async function serving() {
  const listeners = new Set<(news: News) => void>();
  const streams = uiStreams({
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    scrub: (text) => text.replaceAll('hunter2', '[secret]'),
    heartbeatMs: 30,
  });
  const session = new AbortController();
  let written = 0;
  const server = createServer((_, outgoing) => {
    streams.open(outgoing, {}, session.signal);
    const write = outgoing.write.bind(outgoing);
    outgoing.write = (chunk: string) => {
      written += chunk.length;
      return write(chunk);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const raw = await rawSocket((server.address() as AddressInfo).port);
  raw.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await raw.until(': live');
  const tell = (news: News) => {
    for (const listener of listeners) listener(news);
  };
  const close = () => {
    raw.socket.destroy();
    server.close();
    server.closeAllConnections();
  };
  return { streams, listeners, session, raw, tell, close, written: () => written };
}

test('a browser that does not read costs one full socket, not all that happens, and asks for the state once it reads again', async () => {
  const { raw, tell, close, written } = await serving();
  raw.socket.pause();
  for (let nth = 0; nth < 40_000; nth++) {
    tell(notice('x'.repeat(1_000)));
    if (nth % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(written()).toBeLessThan(20_000_000);
  raw.socket.resume();
  await raw.until('event: behind', 10_000);
  close();
});

test('a silent stream is kept alive by comments, and what it tells is scrubbed', async () => {
  const { raw, tell, close } = await serving();
  await raw.until(': still here');
  tell(notice('hunter2'));
  expect(await raw.until('event: notice')).not.toContain('hunter2');
  close();
});

test('the end of a session ends its streams, and a browser that leaves is forgotten', async () => {
  const first = await serving();
  first.session.abort();
  await first.raw.until('0\r\n\r\n');
  await expect.poll(() => first.listeners.size).toBe(0);
  first.close();
  const second = await serving();
  second.raw.socket.destroy();
  await expect.poll(() => second.listeners.size).toBe(0);
  second.close();
});
