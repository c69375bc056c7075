import type { Base64 } from '../converse/request.ts';
import { sniffImage } from './media.ts';

/** In pixels. */
export type ImageSize = { width: number; height: number };

/** JPEG keeps its size behind metadata segments of up to 64 KiB each; further in than this we do not look. */
const deepest = 512 * 1024;

/** An image's size in pixels, from its header; undefined when the header is cut, odd, or of no known format. */
export function imageSize(data: Base64): ImageSize | undefined {
  const format = sniffImage(data);
  const bytes = Buffer.from(data.slice(0, format === 'jpeg' ? deepest : 64), 'base64');
  switch (format) {
    case 'png':
      return bytes.length < 24 ? undefined : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    case 'gif':
      return bytes.length < 10 ? undefined : { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
    case 'webp':
      return webpSize(bytes);
    case 'jpeg':
      return jpegSize(bytes);
    case undefined:
      return undefined;
    default:
      return format satisfies never;
  }
}

/** Lossy, lossless and extended headers: RFC 9649, section 2. */
function webpSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.length < 30) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

/** Walks the segments to the start-of-frame marker: ITU T.81, annex B. */
function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++; // fill byte
    } else if (isStartOfFrame(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    } else {
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}

/** C0–CF without the tables that share the range (DHT, JPG, DAC). */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
