import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
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

export type Exchange = {
  endpoint: URL;
  path: string;
  headers: Record<string, string>;
  body: string;
  agent: Agent;
  timeouts: Timeouts;
  watchdog: Watchdog;
  /** Aborts the exchange at once, whatever it waits for. */
  signal: AbortSignal;
  /** The error for a connection that could not be made, or broke before the response. */
  unreachable: (cause: unknown) => ProxyError;
};

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
  const { endpoint, signal, timeouts } = wanted;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const send = endpoint.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send({
      method: 'POST',
      hostname: endpoint.hostname.replace(/^\[|\]$/g, ''),
      port: endpoint.port,
      path: wanted.path,
      headers: wanted.headers,
      agent: wanted.agent,
    });
    let incoming: Incoming | undefined;
    let phase: keyof Timeouts = 'connect';

    const stop = (error: Error): void => {
      watch.stop();
      signal.removeEventListener('abort', onAbort);
      incoming?.fail(error);
      reject(error);
      request.destroy();
    };
    const onAbort = (): void => stop(signal.reason);
    const watch: Watch = wanted.watchdog.watch(timeouts.connect, () => stop(silent(phase, timeouts[phase])));
    const connected = (): void => {
      phase = 'firstByte';
      watch.allow(timeouts.firstByte);
    };

    signal.addEventListener('abort', onAbort, { once: true });
    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(endpoint.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    // A reset in mid-answer is told to the request first.
    request.on('error', (error) => stop(incoming ? brokenOff(error) : wanted.unreachable(error)));
    request.on('response', (response) => {
      phase = 'idle';
      watch.allow(timeouts.idle);
      incoming = readIncoming(response, watch, brokenOff);
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

function silent(phase: keyof Timeouts, ms: number): ProxyError {
  const seconds = `${Math.round(ms / 100) / 10} s`;
  switch (phase) {
    case 'connect':
      return new ProxyError('upstream_unavailable', `Bedrock could not be reached within ${seconds}.`, {
        fix: 'claude-bedrock aws validate',
        retry: 'backoff',
      });
    case 'firstByte':
      return new ProxyError('timeout', `Bedrock did not begin to answer within ${seconds}.`, { retry: 'once' });
    case 'idle':
      return new ProxyError('timeout', `Bedrock sent nothing more for ${seconds}.`, { retry: 'once' });
    default:
      return phase satisfies never;
  }
}

function brokenOff(cause: unknown): ProxyError {
  return new ProxyError('upstream_truncated', 'The connection to Bedrock broke in the middle of the answer.', {
    retry: 'backoff',
    cause,
  });
}
