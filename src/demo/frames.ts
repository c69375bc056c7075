import { crc32 } from 'node:zlib';

/** One event of a stream as the SDK shows it: `{ messageStart: {…} }`, `{ contentBlockDelta: {…} }`, `{ chunk: {…} }`. */
export type StreamEvent = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** One message of `application/vnd.amazon.eventstream`; all header values are strings (type 7). */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const frame = Buffer.allocUnsafe(16 + head.length + payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  frame.set(payload, 12 + head.length);
  sealFrame(frame);
  return frame;
}

/** Writes the checksum over all before it into the frame's last four bytes, after a payload was changed in place. */
export function sealFrame(frame: Buffer): void {
  const end = frame.length - 4;
  frame.writeUInt32BE(crc32(frame.subarray(0, end)), end);
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, Buffer.of(7), length, valueBytes]);
}

/** The frame of one event; `padding` is the length of the member `p` that hides the true length from eavesdroppers. */
export function eventFrame(event: StreamEvent, padding: number): Buffer {
  const [name, payload] = Object.entries(event)[0] ?? ['', {}];
  const body = JSON.stringify({ ...payload, p: letters.slice(0, padding) });
  return encodeFrame(
    { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
    Buffer.from(body),
  );
}

/** An exception of the service model inside a stream, after HTTP 200; `name` in camelCase. */
export function exceptionFrame(name: string, members: Readonly<Record<string, unknown>>): Buffer {
  return encodeFrame(
    { ':exception-type': name, ':content-type': 'application/json', ':message-type': 'exception' },
    Buffer.from(JSON.stringify(members)),
  );
}

/** A failure that the service model does not name: it has no payload. */
export function errorFrame(code: string, message: string): Buffer {
  return encodeFrame({ ':error-code': code, ':error-message': message, ':message-type': 'error' }, new Uint8Array(0));
}

/** A padding length as the service chooses it: anything from 1 to the whole alphabet. */
export function randomPadding(): number {
  return 1 + Math.floor(Math.random() * letters.length);
}
