import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { ProxyError } from '../base/errors.ts';
import { type Incoming, readIncoming } from './incoming.ts';
import type { Watch, Watchdog } from './watchdog.ts';

/** Milliseconds; 0 waits for ever. */
export type Timeouts = {
  connect: number;
  /** From the last byte sent to the response's head. */
  firstByte: number;
  /** Between two reads of the body. */
  idle: number;
};

/** Where requests go, taken apart once for all that go there. */
export type Destination = { hostname: string; port: string; secure: boolean; agent: Agent };

/** A URL taken apart, with the agent whose connections lead there. */
export function destinationOf({ hostname, port, protocol }: URL, agent: Agent): Destination {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port, secure: protocol === 'https:', agent };
}

/** One HTTP request as it goes out. */
export type Exchange = {
  destination: Destination;
  path: string;
  /** Names and values in turn, complete, `host` and `content-length` among them: node takes them as they are. */
  headers: readonly string[];
  body: string;
  /** The head comes with the whole answer. */
  whole: boolean;
  timeouts: Timeouts;
  watchdog: Watchdog;
  /** Aborts the exchange at once, whatever it waits for. */
  signal: AbortSignal;
  /** The error for a connection that could not be made, or broke before the response. */
  unreachable: (cause: unknown) => ProxyError;
};

/** What came back: the head, and the body in batches of what each read brought. */
export type Reply = {
  status: number;
  headers: IncomingMessage['headers'];
  next: Incoming['next'];
  /** Done with it. `whole`: the answer is complete, so the few bytes that still come are read and the connection is kept. */
  release(whole: boolean): void;
};

/** How long the last bytes of a complete answer may take before the connection is given up. */
const drainMs = 1_000;

/** Sends one POST and gives the reply as soon as its head is there. Throws ProxyError, or the signal's reason. */
export function exchange(wanted: Exchange): Promise<Reply> {
  const { destination, signal, timeouts } = wanted;
  const { hostname, port, secure, agent } = destination;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const send = secure ? requestHttps : requestHttp;
    const { path, headers } = wanted;
    // With the name of the TLS server given, the agent need not read it out of the headers.
    const servername = secure && isIP(hostname) === 0 ? hostname : '';
    const request = send({ method: 'POST', hostname, port, path, headers, agent, servername });
    let incoming: Incoming | undefined;
    let complete = (): boolean => false;
    let phase: keyof Timeouts = 'connect';

    const stop = (error: Error): void => {
      watch.stop();
      signal.removeEventListener('abort', onAbort);
      incoming?.fail(error);
      reject(error);
      request.destroy();
    };
    const onAbort = (): void => stop(signal.reason);
    const watch: Watch = wanted.watchdog.watch(timeouts.connect, () =>
      stop(silent(phase, timeouts[phase], wanted.whole)),
    );
    const connected = (): void => {
      phase = 'firstByte';
      watch.allow(timeouts.firstByte);
    };

    signal.addEventListener('abort', onAbort, { once: true });
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    // A reset in mid-answer is told to the request first.
    request.on('error', (error) => {
      // What comes behind a whole answer, such as bytes that are no HTTP, takes nothing from it.
      if (!complete()) stop(incoming ? brokenOff(error) : wanted.unreachable(error));
    });
    // Nobody asked for another protocol; without a listener node would wait for an answer that never comes.
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      stop(wanted.unreachable('101 Switching Protocols'));
    });
    request.on('response', (response) => {
      phase = 'idle';
      watch.allow(timeouts.idle);
      incoming = readIncoming(response, watch, brokenOff);
      complete = () => response.complete;
      response.once('close', () => signal.removeEventListener('abort', onAbort));
      const release = (whole: boolean): void => {
        if (response.complete) return;
        if (!whole) {
          stop(brokenOff('released'));
          return;
        }
        signal.removeEventListener('abort', onAbort);
        watch.allow(drainMs);
        watch.hold(false);
        response.removeAllListeners('data').resume();
      };
      resolve({ status: response.statusCode ?? 0, headers: response.headers, next: incoming.next, release });
    });
    request.end(wanted.body);
  });
}

function silent(phase: keyof Timeouts, ms: number, whole: boolean): ProxyError {
  const seconds = `${Math.round(ms / 100) / 10} s`;
  switch (phase) {
    case 'connect':
      return new ProxyError('upstream_unavailable', `Bedrock could not be reached within ${seconds}.`, {
        fix: 'claude-bedrock aws validate',
        retry: 'backoff',
      });
    case 'firstByte':
      if (whole) return tooLong(seconds);
      return new ProxyError('timeout', `Bedrock did not begin to answer within ${seconds}.`, { retry: 'once' });
    case 'idle':
      return new ProxyError('timeout', `Bedrock sent nothing more for ${seconds}.`, { retry: 'once' });
    default:
      return phase satisfies never;
  }
}

/** Not tried again: the model may be at work all the while, and would be paid for twice. */
function tooLong(seconds: string): ProxyError {
  return new ProxyError(
    'timeout',
    `Bedrock had not finished the answer within ${seconds}, and a whole answer tells nothing before.`,
    {
      fix: 'ask for a stream, or raise timeouts.whole in the configuration file',
    },
  );
}

function brokenOff(cause: unknown): ProxyError {
  return new ProxyError('upstream_truncated', 'The connection to Bedrock broke in the middle of the answer.', {
    retry: 'backoff',
    cause,
  });
}
