import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { once } from '../../src/base/once.ts';
import type { Routes } from '../../src/http/app.ts';
import { formatRoutes } from '../../src/http/formats.ts';
import { createListener } from '../../src/http/listener.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';

test('routes that cannot be loaded are a 503 that frees its connection, never an unhandled rejection; the next request tries again', async () => {
  const log: LogEvent[] = [];
  let tries = 0;
  const routes: Routes = ({ outgoing }) => outgoing.end('served');
  const listener = createListener({
    formats: formatRoutes,
    guard: () => ({ remote: false }),
    clock: systemClock,
    log: { write: (event) => log.push(event) },
    routes: once(async () => {
      if (tries++ === 0) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return routes;
    }),
  });
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/models`;
  const refused = await fetch(url);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('connection')).toBe('close');
  expect(await refused.json()).toMatchObject({ type: 'error', error: { code: 'service_unavailable' } });
  expect(log).toMatchObject([{ type: 'failure', where: 'http' }]);
  expect(await (await fetch(url)).text()).toBe('served');
});
