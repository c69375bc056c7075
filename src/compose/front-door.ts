import type { Clock } from '../base/clock.ts';
import type { Once } from '../base/once.ts';
import type { Settings } from '../config/schema.ts';
import { followTunnel } from '../config/tunnel-note.ts';
import type { Routes } from '../http/app.ts';
import type { FormatRoutes } from '../http/formats.ts';
import { createGuard } from '../http/guard.ts';
import { createListener } from '../http/listener.ts';
import { createHttpServer, type HttpServer, type MakeServer } from '../http/server.ts';
import type { Log } from '../observe/log.ts';
import { boundYoungHeap } from './young-heap.ts';

export type FrontDoorParts = {
  /** As they are now: the lawful names may change while we run. */
  settings: () => Settings;
  routes: Once<Routes>;
  formats: FormatRoutes;
  clock: Clock;
  log: Pick<Log, 'write'>;
  /** The server speaks TLS. */
  tls: MakeServer | undefined;
};

/** The listening server, and who may come in by it. */
export type FrontDoor = {
  server: HttpServer;
  /** The tunnel's public name, and when somebody last came through it. */
  tunnel(): { host: string | undefined; lastSeenAt: number | undefined };
  /** Lets in whom the settings name now. */
  renew(): void;
  /** Lets in the tunnel of `cursor install` as long as its note in that folder is true; gives what ends that. */
  follow(state: string): () => void;
};

/** The server of the settings, with the guard before everything else. It opens nothing yet. */
export function createFrontDoor({ settings, routes, formats, clock, log, tls }: FrontDoorParts): FrontDoor {
  const { listen: where, timeouts } = settings();
  let tunnel: string | undefined;
  let lastSeenAt: number | undefined;
  let renew = (): void => {};
  const server = createHttpServer(
    {
      host: where.host,
      port: where.port,
      // Clients that say `localhost` may try ::1 first.
      alsoIPv6: where.host === '127.0.0.1',
      socket: where.socket,
      maxConnections: where.maxConnections,
      headersMs: timeouts.headers * 1000,
      bodyMs: timeouts.body * 1000,
      keepAliveMs: timeouts.keepAlive * 1000,
      drainMs: timeouts.drain * 1000,
      make: tls,
    },
    (port) => {
      const guardNow = () => {
        const { hosts, publicHost, origins } = settings().listen;
        const publicHosts = [publicHost, tunnel].filter((name) => name !== undefined);
        return createGuard({ port, address: where.host, hosts, publicHosts, origins });
      };
      let guard = guardNow();
      renew = () => (guard = guardNow());
      return createListener({
        routes,
        formats,
        guard: (incoming) => guard(incoming),
        clock,
        log,
        onRequest: boundYoungHeap(),
        onRemote: () => {
          lastSeenAt = clock.now();
        },
      });
    },
  );
  return {
    server,
    tunnel: () => ({ host: tunnel ?? settings().listen.publicHost, lastSeenAt }),
    renew: () => renew(),
    follow: (state) =>
      followTunnel(state, (host) => {
        tunnel = host;
        renew();
      }),
  };
}
