import {
  createServer,
  type IncomingMessage,
  type ServerOptions as Limits,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerBroken } from './broken-request.ts';

export type ServerOptions = {
  host: string;
  port: number;
  /** Also listens at the same port of ::1, where this machine has it. */
  alsoIPv6?: boolean;
  /** Also listens at this Unix socket. */
  socket?: string | undefined;
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

/** Node's server, at all its places. */
export type HttpServer = {
  /** Resolves with the port once connections are accepted; rejects with node's own error, e.g. `EADDRINUSE`. */
  listen(): Promise<{ port: number }>;
  /** Stops accepting at once, lets open answers finish for `drainMs`, tells the rest by `drainOver`, and cuts what is left. */
  close(): Promise<void>;
  /** Answers under way. */
  openResponses(): number;
};

/** Told to each response that is still open when the time to drain is over; what it does not end by itself is cut soon after. */
export const drainOver = Symbol('the time to drain is over');

/** Between that and the cut: an error event on its way to the client needs a moment. */
const lastWordsMs = 500;

/** A finished answer's keep-alive socket keeps `server.close()` waiting, so idle ones are closed this often while draining. */
const sweepMs = 250;

/** The request line and all headers. */
const headBytes = 16_384;

/** Node's server with bounded patience: silent sockets, dripping heads and bodies, and crowds all end. The listener is made when the port is known. */
export function createHttpServer(options: ServerOptions, listenerFor: (port: number) => RequestListener): HttpServer {
  const open = new Set<ServerResponse>();
  let draining = false;
  let listener: RequestListener | undefined;
  const limits: Limits = {
    headersTimeout: options.headersMs,
    // The body has its own clock, which answers in words; this one is the fence behind it.
    requestTimeout: options.headersMs + options.bodyMs + 5_000,
    keepAliveTimeout: options.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, options.headersMs),
    maxHeaderSize: headBytes,
    // The guard refuses it too, and in words.
    requireHostHeader: false,
  };
  const handle: RequestListener = (incoming, outgoing) => {
    open.add(outgoing);
    outgoing.once('close', () => open.delete(outgoing));
    if (draining) outgoing.setHeader('connection', 'close');
    listener?.(incoming, outgoing);
  };
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  /** One of node's servers for each place to listen at. */
  const addServer = (make: MakeServer): Server => {
    const server = make(limits, handle);
    server.maxConnections = options.maxConnections;
    server.on('checkContinue', (incoming, outgoing) => {
      continueWhenRead(incoming, outgoing);
      handle(incoming, outgoing);
    });
    server.on('clientError', (error, socket) => {
      // Behind an answer's head nothing else can be said.
      if ([...open].some((outgoing) => outgoing.headersSent && outgoing.socket === socket)) socket.destroy();
      else answerBroken(error, socket, { headBytes, headersMs: options.headersMs });
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    servers.push(server);
    return server;
  };
  /** Browsers open connections ahead of need; one that never said a word is not idle in node's eyes. */
  const closeIdle = (): void => {
    for (const server of servers) server.closeIdleConnections();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };

  return {
    async listen() {
      const make = options.make ?? createServer;
      try {
        const port = await listenAt(addServer(make), options.port, options.host);
        listener = listenerFor(port);
        if (options.alsoIPv6) await listenAt(addServer(make), port, '::1').catch(ifElsewhere(options.port));
        // Whoever opens the socket is this person already: TLS would prove nothing more.
        if (options.socket !== undefined)
          await (await import('./unix-socket.ts')).listenAtSocket(addServer(createServer), options.socket);
        return { port };
      } catch (error) {
        for (const server of servers) server.close();
        throw error;
      }
    },
    async close() {
      draining = true;
      for (const outgoing of open) if (!outgoing.headersSent) outgoing.setHeader('connection', 'close');
      const sweep = setInterval(closeIdle, sweepMs);
      const cut = (): void => {
        for (const server of servers) server.closeAllConnections();
      };
      let deadline = setTimeout(() => {
        for (const outgoing of open) outgoing.emit(drainOver);
        deadline = setTimeout(cut, lastWordsMs);
      }, options.drainMs);
      // A server that never listened has nothing to close, and says so with an error that means nothing here.
      await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
      clearInterval(sweep);
      clearTimeout(deadline);
    },
    openResponses: () => open.size,
  };
}

/**
 * `Expect: 100-continue`: the client sends its body once somebody reads it, and not before a refusal by its head alone
 * (RFC 9110, 10.1.1). Node would ask for it before anybody looked at the request.
 */
function continueWhenRead(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.once('resume', () => {
    if (!outgoing.headersSent) outgoing.writeContinue();
  });
}

function listenAt(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(portOf(server.address()));
    });
  });
}

/**
 * Passes over a machine without IPv6. Another program at the same port of ::1 is no such case: clients that say
 * `localhost` would give it their keys. Only a port that the system chose is nobody's habit.
 */
const ifElsewhere = (wantedPort: number) => (error: unknown) => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE' && wantedPort !== 0) throw error;
  if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT' && code !== 'EINVAL') throw error;
};

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
