import { ProxyError } from '../base/errors.ts';

/** The headers of a frame that say what it is; all others are walked over. */
export type FrameHeaders = {
  messageType: string;
  eventType: string;
  exceptionType: string;
  errorCode: string;
  errorMessage: string;
};

const wanted: ReadonlyMap<string, keyof FrameHeaders> = new Map([
  [':message-type', 'messageType'],
  [':event-type', 'eventType'],
  [':exception-type', 'exceptionType'],
  [':error-code', 'errorCode'],
  [':error-message', 'errorMessage'],
]);

/** Bytes of a value by its type number: true, false, byte, short, integer, long, then bytes and string (length first), timestamp, uuid. */
const sizes: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];
const stringType = 7;

/** Reads the header block `bytes[start, end)`. Throws `upstream_truncated` when it is not one. */
function readHeaders(bytes: Buffer, start: number, end: number): FrameHeaders {
  const headers: FrameHeaders = { messageType: '', eventType: '', exceptionType: '', errorCode: '', errorMessage: '' };
  let at = start;
  while (at < end) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    if (nameEnd >= end) throw badHeader();
    const name = bytes.toString('latin1', at + 1, nameEnd);
    const type = bytes.readUInt8(nameEnd);
    let valueStart = nameEnd + 1;
    let size = sizes[type];
    if (size === undefined) throw badHeader();
    if (size === -1) {
      if (valueStart + 2 > end) throw badHeader();
      size = bytes.readUInt16BE(valueStart);
      valueStart += 2;
    }
    at = valueStart + size;
    if (at > end) throw badHeader();
    const key = wanted.get(name);
    if (key && type === stringType) headers[key] = bytes.toString('utf8', valueStart, at);
  }
  return headers;
}

function badHeader(): ProxyError {
  return new ProxyError('upstream_truncated', 'Bedrock sent an event frame with broken headers.', { retry: 'once' });
}

/**
 * Reads header blocks and remembers the last few kinds: events of one type have byte-identical headers,
 * and to compare 90 bytes costs a fraction of reading them.
 */
export function headerReader(): (bytes: Buffer, start: number, end: number) => FrameHeaders {
  const known: { block: Buffer; headers: FrameHeaders }[] = [];
  const most = 8;
  return (bytes, start, end) => {
    for (const { block, headers } of known) {
      if (block.length === end - start && standsAt(bytes, start, block)) return headers;
    }
    const headers = readHeaders(bytes, start, end);
    if (known.length < most) known.push({ block: Buffer.from(bytes.subarray(start, end)), headers });
    return headers;
  };
}

/** By a loop: for so few bytes it costs half of the built-in comparisons. */
function standsAt(bytes: Buffer, start: number, block: Buffer): boolean {
  for (let at = 0; at < block.length; at++) if (bytes[start + at] !== block[at]) return false;
  return true;
}
