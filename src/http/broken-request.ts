import type { Duplex } from 'node:stream';
import { isObject } from '../base/json.ts';

/** What bounds a request's head. */
export type HeadLimits = { headBytes: number; headersMs: number };

/** How long the rest of such a request may still arrive, so that the client reads the answer and not a reset. */
const lingerMs = 1_000;

/** Answers what node's parser could not read: where, and what mends it, in JSON that is lawful in every dialect. Nothing of a header's value is told. */
export function answerBroken(error: Error, socket: Duplex, limits: HeadLimits): void {
  // Each further piece of a broken request breaks anew.
  if (socket.writableEnded || !socket.writable) return;
  const [status, message] = told(error, limits);
  const body = JSON.stringify({
    type: 'error',
    error: { type: 'invalid_request_error', message, param: null, code: 'invalid_request' },
  });
  const head = [`HTTP/1.1 ${status}`, 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function told(error: Error, { headBytes, headersMs }: HeadLimits): [status: string, message: string] {
  const facts: Record<string, unknown> = isObject(error) ? error : {};
  const packet = Buffer.isBuffer(facts['rawPacket']) ? facts['rawPacket'].toString('latin1') : '';
  switch (facts['code']) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        `The request's address and headers have more than ${headBytes} bytes${longestOf(packet)}. Shorten them.`,
      ];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['413 Payload Too Large', "The body's chunks have extensions of more than 16384 bytes. Send none."];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [
        '408 Request Timeout',
        `The request was not complete in time; its head alone may take ${headersMs / 1000} s. Fix: set timeouts.headers in the configuration file`,
      ];
    case 'HPE_INVALID_HEADER_TOKEN':
      return [
        '400 Bad Request',
        `A character that HTTP does not allow stands in ${placeIn(packet, Number(facts['bytesParsed'] ?? 0))}; a copied key may bring one along. Write it anew.`,
      ];
    default:
      return ['400 Bad Request', `This is no valid HTTP/1.1 request: ${String(facts['reason'] ?? 'it breaks off')}.`];
  }
}

const lineName = /^([\w!#$%&'*+.^`|~-]{1,64}):/;

function longestOf(packet: string): string {
  const longest = packet.split('\r\n').reduce((most, line) => (line.length > most.length ? line : most), '');
  if (/^[A-Z]+ \//.test(longest)) return `, the address alone at least ${longest.length}`;
  const name = lineName.exec(longest)?.[1];
  return name === undefined ? '' : `, the header ${name} alone at least ${longest.length}`;
}

function placeIn(packet: string, at: number): string {
  const begin = packet.lastIndexOf('\n', Math.max(0, at - 1)) + 1;
  const name = lineName.exec(packet.slice(begin))?.[1];
  return name === undefined ? 'a header' : `the header ${name}`;
}
