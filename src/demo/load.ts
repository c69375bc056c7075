import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeFrame, eventFrame, sealFrame } from './frames.ts';

/** What every request is answered with when the simulator is a load target: nothing is checked, little is computed. */
export type Load = {
  chunks: number;
  /** 0: as fast as the reader takes them. */
  delayMs: number;
  /** Length of each chunk's text. */
  bytesPerChunk: number;
};

/**
 * Every chunk's text begins with this and 14 digits: microseconds of the machine's monotonic clock when it was sent.
 * Four bytes, so that no checksum looks like it.
 */
export const chunkMark = '~@~@';

const head: Buffer = eventFrame({ messageStart: { role: 'assistant' } }, 20);
const tail: Buffer = Buffer.concat([
  eventFrame({ contentBlockStop: { contentBlockIndex: 0 } }, 10),
  eventFrame({ messageStop: { stopReason: 'end_turn' } }, 30),
  eventFrame(
    { metadata: { usage: { inputTokens: 20, outputTokens: 100, totalTokens: 120 }, metrics: { latencyMs: 100 } } },
    5,
  ),
]);

/** Answers a request under load. `stream` says which operation was called; the body is read and thrown away. */
export function answerUnderLoad(request: IncomingMessage, response: ServerResponse, load: Load, stream: boolean): void {
  request.resume();
  request.once('end', () => {
    if (!stream) return answerWhole(response, load);
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'load' });
    if (load.delayMs > 0) paced(response, load);
    else flatOut(response, load);
  });
}

function answerWhole(response: ServerResponse, load: Load): void {
  const body = Buffer.from(
    JSON.stringify({
      metrics: { latencyMs: 1 },
      output: { message: { role: 'assistant', content: [{ text: `${chunkMark}${'x'.repeat(load.bytesPerChunk)}` }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 20, outputTokens: 100, totalTokens: 120 },
    }),
  );
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-amzn-requestid': 'load',
  });
  response.end(body);
}

/** A delta whose text has room for the mark and the time; `at` is where the digits stand. */
function stamped(bytesPerChunk: number): { frame: Buffer; at: number } {
  const text = `${chunkMark}${'0'.repeat(14)} ${'x'.repeat(Math.max(bytesPerChunk - chunkMark.length - 15, 0))}`;
  const payload = JSON.stringify({ contentBlockIndex: 0, delta: { text }, p: 'abcdefghijklm' });
  const headers = { ':event-type': 'contentBlockDelta', ':content-type': 'application/json', ':message-type': 'event' };
  const frame = encodeFrame(headers, Buffer.from(payload));
  return { frame, at: frame.indexOf(chunkMark) + chunkMark.length };
}

function paced(response: ServerResponse, load: Load): void {
  const { frame, at } = stamped(load.bytesPerChunk);
  let sent = 0;
  const send = () => {
    const next = Buffer.from(frame);
    next.write(String(process.hrtime.bigint() / 1000n).padStart(14, '0'), at, 'latin1');
    sealFrame(next);
    sent++;
    response.write(sent === 1 ? Buffer.concat([head, next]) : next);
    if (sent < load.chunks) return;
    clearInterval(timer);
    response.end(tail);
  };
  const timer = setInterval(send, load.delayMs);
  response.once('close', () => clearInterval(timer));
  send();
}

/** A frame a turn, each in a write of its own, as the service sends its events; a reader that lags finds several together. */
function flatOut(response: ServerResponse, load: Load): void {
  const { frame } = stamped(load.bytesPerChunk);
  let left = load.chunks;
  response.write(head);
  const send = () => {
    if (left === 0) return void response.end(tail);
    left--;
    if (response.write(frame)) setImmediate(send);
    else response.once('drain', send);
  };
  send();
}
