import {
  createServer,
  type ServerOptions as Limits,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type ServerOptions = {
  host: string;
  port: number;
  maxConnections: number;
  /** All in milliseconds. */
  headersMs: number;
  bodyMs: number;
  keepAliveMs: number;
  drainMs: number;
  /** Makes a server that speaks TLS; absent: plain HTTP. */
  make?: MakeServer | undefined;
};

/** Makes node's server with these limits. */
export type MakeServer = (limits: Limits, listener: RequestListener) => Server;

export type HttpServer = {
  /** Resolves with the port once connections are accepted; rejects with node's own error, e.g. `EADDRINUSE`. */
  listen(): Promise<{ port: number }>;
  /** Stops accepting at once, lets open answers finish for `drainMs`, then cuts what is left. */
  close(): Promise<void>;
  /** Answers under way. */
  openResponses(): number;
};

/** A finished answer's keep-alive socket keeps `server.close()` waiting, so idle ones are closed this often while draining. */
const sweepMs = 250;

/** Node's server with bounded patience: silent sockets, dripping heads and bodies, and crowds all end. The listener is made when the port is known. */
export function createHttpServer(options: ServerOptions, listenerFor: (port: number) => RequestListener): HttpServer {
  const open = new Set<ServerResponse>();
  let draining = false;
  let listener: RequestListener | undefined;
  const server = (options.make ?? createServer)(
    {
      headersTimeout: options.headersMs,
      // The body has its own clock, which answers in words; this one is the fence behind it.
      requestTimeout: options.headersMs + options.bodyMs + 5_000,
      keepAliveTimeout: options.keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, options.headersMs),
      maxHeaderSize: 16_384,
    },
    (incoming, outgoing) => {
      open.add(outgoing);
      outgoing.once('close', () => open.delete(outgoing));
      if (draining) outgoing.setHeader('connection', 'close');
      listener?.(incoming, outgoing);
    },
  );
  server.maxConnections = options.maxConnections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  /** Browsers open connections ahead of need; one that never said a word is not idle in node's eyes. */
  const closeIdle = (): void => {
    server.closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          const port = portOf(server.address());
          listener = listenerFor(port);
          resolve({ port });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        draining = true;
        for (const outgoing of open) if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
        const sweep = setInterval(closeIdle, sweepMs);
        const deadline = setTimeout(() => server.closeAllConnections(), options.drainMs);
        server.close(() => {
          clearInterval(sweep);
          clearTimeout(deadline);
          resolve();
        });
      }),
    openResponses: () => open.size,
  };
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
