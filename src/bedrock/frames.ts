import { crc32 } from 'node:zlib';
import { ProxyError } from '../base/errors.ts';
import { type FrameHeaders, headerReader } from './frame-headers.ts';

/*
 * application/vnd.amazon.eventstream, one frame after the other:
 *   total length u32 | headers length u32 | CRC-32 of these 8 bytes | headers | payload | CRC-32 of all before
 * Our own decoder, because a length must be checked before anything is reserved for it (a prefix of 0xffffffff costs the
 * usual codec 2.1 GB), and because a payload is best parsed where it lies: no object and no copy per frame.
 */

const prelude = 12;
const smallest = 16;
const largest = 24 * 1024 * 1024;
const largestHeaders = 128 * 1024;

/** Called once per whole, checked frame. The payload is `bytes[start, end)`, to be read before the call returns. */
export type OnFrame = (headers: FrameHeaders, bytes: Buffer, start: number, end: number) => void;

/**
 * An incremental decoder of one event stream. Takes bytes cut anywhere; hands out each frame as soon as it is complete.
 * Throws `upstream_truncated` for a frame that is corrupt or too large; nothing may be pushed after that.
 */
export type FrameDecoder = {
  push(chunk: Buffer): void;
  /** The stream is over. Throws `upstream_truncated` when it ended inside a frame. */
  finish(): void;
};

/** A decoder that gives each frame to `onFrame` when its last byte has come. */
export function frameDecoder(onFrame: OnFrame): FrameDecoder {
  const headersOf = headerReader();
  /** The beginning of a frame whose rest is still to come: `held` bytes of it. */
  let partial = Buffer.allocUnsafe(prelude);
  let held = 0;

  function frame(bytes: Buffer, at: number, total: number): void {
    const end = at + total - 4;
    if (crc32(bytes.subarray(at, end)) !== bytes.readUInt32BE(end)) throw corrupt('its checksum is wrong');
    const payload = at + prelude + bytes.readUInt32BE(at + 4);
    onFrame(headersOf(bytes, at + prelude, payload), bytes, payload, end);
  }

  /** Moves bytes from `chunk[at…]` until `partial` holds `wanted`; gives the new position. */
  function fill(chunk: Buffer, at: number, wanted: number): number {
    const taken = chunk.copy(partial, held, at, at + wanted - held);
    held += taken;
    return at + taken;
  }

  /** Goes on with the frame that an earlier chunk began. Its size is known, and space reserved, only behind a checked prelude. */
  function complete(chunk: Buffer): number {
    let at = 0;
    if (held < prelude) {
      at = fill(chunk, at, prelude);
      if (held < prelude) return at;
      reserve(totalOf(partial, 0));
    }
    at = fill(chunk, at, partial.length);
    if (held === partial.length) {
      const whole = partial;
      partial = Buffer.allocUnsafe(prelude);
      held = 0;
      frame(whole, 0, whole.length);
    }
    return at;
  }

  function reserve(total: number): void {
    const room = Buffer.allocUnsafe(total);
    partial.copy(room, 0, 0, held);
    partial = room;
  }

  function push(chunk: Buffer): void {
    let at = held > 0 ? complete(chunk) : 0;
    while (chunk.length - at >= prelude) {
      const total = totalOf(chunk, at);
      if (total > chunk.length - at) {
        reserve(total);
        fill(chunk, at, total);
        return;
      }
      frame(chunk, at, total);
      at += total;
    }
    if (at < chunk.length) fill(chunk, at, prelude);
  }

  function finish(): void {
    if (held > 0) throw corrupt('it is cut off');
  }

  return { push, finish };
}

/** The length of the frame whose prelude stands at `at`, checked. */
function totalOf(bytes: Buffer, at: number): number {
  const total = bytes.readUInt32BE(at);
  const headers = bytes.readUInt32BE(at + 4);
  if (total < smallest || total > largest || headers > largestHeaders || headers > total - smallest)
    throw corrupt(`it claims ${total} bytes with ${headers} of headers`);
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) throw corrupt('its prelude is wrong');
  return total;
}

function corrupt(why: string): ProxyError {
  return new ProxyError('upstream_truncated', `Bedrock's answer broke off: an event frame is damaged (${why}).`, {
    retry: 'once',
  });
}
