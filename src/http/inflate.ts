import { ProxyError } from '../base/errors.ts';
import { tooLarge } from './too-large.ts';

type Unpack = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void;

/** Unpacks a compressed body, never to more than `limit` bytes: a small bomb must not become a large one. */
export async function inflate(bytes: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const zlib = await import('node:zlib');
  // A Map, because the name comes from outside: an object also answers to `constructor`.
  const unpackers = new Map<string, Unpack>([
    ['gzip', zlib.gunzip],
    ['x-gzip', zlib.gunzip],
    ['deflate', zlib.inflate],
    ['br', zlib.brotliDecompress],
    ['zstd', zlib.zstdDecompress],
  ]);
  const unpack = unpackers.get(encoding);
  if (!unpack) {
    throw new ProxyError(
      'invalid_request',
      'The Content-Encoding of the body is not known here: send it uncompressed, or as gzip, deflate, br or zstd.',
    );
  }
  return new Promise((resolve, reject) => {
    unpack(bytes, { maxOutputLength: limit }, (error, result) => {
      if (!error) return resolve(result);
      if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return reject(tooLarge(limit));
      reject(new ProxyError('invalid_request', `The body is not valid ${encoding}.`));
    });
  });
}
