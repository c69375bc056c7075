import type { ServerResponse } from 'node:http';
import { clientGone } from '../base/abort.ts';
import { ProxyError, toProxyError } from '../base/errors.ts';
import { sseComment } from '../base/sse.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Event, Served } from '../converse/events.ts';
import type { StreamEncoder } from '../wire/format.ts';
import { answerHeaders } from './answer-headers.ts';
import type { Exchange } from './exchange.ts';
import type { ServeSettings } from './serve.ts';

type Streaming = {
  exchange: Exchange;
  upstream: Upstream;
  calls: readonly Call[];
  encoder: StreamEncoder;
  settings: Pick<ServeSettings, 'holdMs' | 'heartbeatMs'>;
};

type Step = IteratorResult<readonly Event[], unknown>;

/**
 * Streams the calls' answers to the client as one SSE body. The head waits for the first batches, so what fails before
 * them is thrown and gets its real status; what fails later becomes the format's error event.
 */
export async function streamAnswers({ exchange, upstream, calls, encoder, settings }: Streaming): Promise<void> {
  const iterators = calls.map((call) => upstream(call)[Symbol.asyncIterator]());
  const firsts = iterators.map((iterator) => iterator.next());
  /** An answer that nobody reads on is still under way for those below, until they are told. */
  const leaveAll = (): void => {
    for (const iterator of iterators) iterator.return?.().catch(() => {});
  };
  const early = await within(Promise.all(firsts), settings.holdMs).catch((error: unknown) => {
    leaveAll();
    throw error;
  });
  const out = openStream(exchange, early ? servedIn(early[0]) : undefined, settings.heartbeatMs);
  if (!early) out.write(sseComment('the model has not answered yet'));

  let open = iterators.length;
  const pump = async (
    iterator: AsyncIterator<readonly Event[]>,
    first: Promise<Step>,
    choice: number,
  ): Promise<void> => {
    let ended = false;
    for (let step = await first; !step.done; step = await iterator.next()) {
      const text = encoder.push(step.value, choice);
      ended = step.value.at(-1)?.type === 'end';
      if (ended && --open === 0) out.end(text);
      else if (text !== '' && !out.write(text)) await out.drained();
    }
    if (!ended) throw new ProxyError('upstream_truncated', 'The model stopped before its answer was complete.');
  };
  try {
    await Promise.all(iterators.map((iterator, at) => pump(iterator, firsts[at] ?? iterator.next(), at)));
  } catch (error) {
    out.fail(encoder.fail(toProxyError(error)));
    leaveAll();
    throw error;
  } finally {
    out.stop();
  }
}

/** What is known of the answer, if the first batch says it. */
function servedIn(step: Step | undefined): Served | undefined {
  const [first] = step?.done === false ? step.value : [];
  return first?.type === 'start' ? first.served : undefined;
}

/** The promise's value, or undefined when `ms` milliseconds pass first. A rejection in time is thrown. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** A client that is behind has so long to take the error event; then it is let go. */
const lingerMs = 250;

type OpenStream = {
  /** `false`: the client reads slowly, wait for `drained()`. */
  write(text: string): boolean;
  /** Resolves when the client caught up; rejects with `client_gone` when it never will. */
  drained(): Promise<void>;
  /** The last text and the body's lawful end. */
  end(text: string): void;
  /** The error event and the body's lawful end: it is the event that says that the answer is not whole. */
  fail(text: string): void;
  /** Ends the heartbeat. */
  stop(): void;
};

function openStream({ outgoing, requestId }: Exchange, served: Served | undefined, heartbeatMs: number): OpenStream {
  outgoing.writeHead(200, {
    ...answerHeaders(requestId, served),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  const body = takeOverFraming(outgoing);
  const silence = setTimeout(() => {
    if (!outgoing.writableNeedDrain && outgoing.writable && !outgoing.writableEnded)
      outgoing.write(body.piece(sseComment('still here')));
    silence.refresh();
  }, heartbeatMs);
  return {
    write(text) {
      silence.refresh();
      // Node corks the socket for a tick, lest small pieces go out one by one; ours are whole, and somebody reads along.
      const { socket } = outgoing;
      socket?.cork();
      const more = outgoing.write(body.piece(text));
      socket?.uncork();
      return more;
    },
    drained: () => drained(outgoing),
    end: (text) => outgoing.end(body.piece(text) + body.end),
    fail(text) {
      // A write behind the end would be an error that nobody catches, and the end of the process.
      if (!outgoing.writable || outgoing.writableEnded) return;
      const isBehind = outgoing.writableNeedDrain;
      outgoing.end(body.piece(text) + body.end);
      if (isBehind) setTimeout(() => outgoing.destroy(), lingerMs);
    },
    stop: () => clearTimeout(silence),
  };
}

/**
 * Frames the body's pieces as chunks (RFC 9112, 7.1) in place of node, which writes size, text and end of each as three
 * buffers, one tick later: that costs a token more than all else here. `end`: what ends the body lawfully.
 */
function takeOverFraming(outgoing: ServerResponse): { piece(text: string): string; end: string } {
  // To HTTP/1.0 the body goes as it is, and the connection's end ends it.
  if (!outgoing.chunkedEncoding) return { piece: (text) => text, end: '' };
  outgoing.chunkedEncoding = false;
  const piece = (text: string) => (text === '' ? '' : `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
  return { piece, end: '0\r\n\r\n' };
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      outgoing.off('drain', settle).off('close', settle);
      if (outgoing.writableNeedDrain || outgoing.destroyed) reject(clientGone());
      else resolve();
    };
    outgoing.on('drain', settle).on('close', settle);
    if (outgoing.closed) settle();
  });
}
