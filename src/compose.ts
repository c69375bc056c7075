import { systemClock } from './base/clock.ts';
import { once } from './base/once.ts';
import type { Secret } from './base/secret.ts';
import type { Settings } from './config/schema.ts';
import { createApp } from './http/app.ts';
import { createFailedKeys } from './http/failed-keys.ts';
import { formatRoutes } from './http/formats.ts';
import { createGuard } from './http/guard.ts';
import { singleKey } from './http/key-ring.ts';
import { createListener } from './http/listener.ts';
import type { Engine, ServeSettings, Services } from './http/serve.ts';
import { createHttpServer } from './http/server.ts';
import type { RecordSink } from './observe/call-record.ts';
import { createLog, type Log } from './observe/log.ts';
import { createScrubber } from './observe/scrub.ts';

export type ComposeOptions = {
  settings: Settings;
  /** The key that clients must send. */
  apiKey: Secret;
};

/** The running program. */
export type Composition = {
  /** Starts listening; `url` is where, without a path. Rejects with node's error, e.g. `EADDRINUSE`. */
  listen(): Promise<{ url: string }>;
  /** Stops accepting, lets open answers finish, closes what is under them. */
  close(reason: string): Promise<void>;
};

/** The first requests of a client often come at once, so what they need is loaded soon, but after the start-up is over. */
const warmUpAfterMs = 150;

/** The only place that makes objects. Nothing is opened before `listen()`. */
export function compose({ settings, apiKey }: ComposeOptions): Composition {
  const clock = systemClock;
  const scrubber = createScrubber();
  scrubber.know(apiKey.reveal());
  const log = createLog({ level: settings.log.level, destination: 'stderr', scrubber });
  const bottom = once(() => openBedrock(settings, log));
  const engine = once(async () => (await bottom()).engine);
  const services: Services = { engine, clock, log, settings: serveSettings(settings) };
  const app = createApp({
    formats: formatRoutes,
    keys: singleKey(apiKey, { id: 'local', name: 'local key', scope: 'admin' }),
    failedKeys: createFailedKeys(clock),
    readiness: async () => (await bottom()).readiness(),
    services,
  });
  const { listen: where, timeouts } = settings;
  const server = createHttpServer(
    {
      host: where.host,
      port: where.port,
      maxConnections: where.maxConnections,
      headersMs: timeouts.headers * 1000,
      bodyMs: timeouts.body * 1000,
      keepAliveMs: timeouts.keepAlive * 1000,
      drainMs: timeouts.drain * 1000,
    },
    (port) => {
      const { hosts, publicHost, origins } = where;
      return createListener({
        app,
        formats: formatRoutes,
        guard: createGuard({ port, hosts, publicHost, origins }),
        clock,
        log,
      });
    },
  );
  const warmUp = () => Promise.allSettled([engine(), formatRoutes[0].format()]);

  return {
    async listen() {
      const { port } = await server.listen();
      const url = `http://${where.host.includes(':') ? `[${where.host}]` : where.host}:${port}`;
      log.write({ type: 'listening', url, upstream: settings.upstream });
      setTimeout(warmUp, warmUpAfterMs).unref();
      return { url };
    },
    async close(reason) {
      log.write({ type: 'stopping', reason, openStreams: server.openResponses() });
      await server.close();
      if (bottom.started()) await (await bottom()).close();
      log.write({ type: 'stopped' });
      await log.flush();
    },
  };
}
