import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { clientGone } from '../base/abort.ts';
import { ProxyError } from '../base/errors.ts';
import { jsonDepth } from '../base/json.ts';
import { mayBeHalved, wellFormed } from '../base/well-formed.ts';
import type { Change } from '../converse/changes.ts';
import { inflate } from './inflate.ts';
import { tooLarge } from './too-large.ts';

/** What a body may hold: bytes after decompression, and levels of JSON. */
export type BodyLimits = {
  bodyBytes: number;
  jsonDepth: number;
  /** The whole body must have arrived by then, in milliseconds. */
  bodyMs: number;
};

/**
 * Reads a JSON body: counted while it streams, inflated within the same bound, checked for depth before it is built.
 * Halves of characters are replaced, which is told to `mended`. Throws `too_large`, `timeout`, `client_gone`, or `invalid_request` in words that hold nothing of the content.
 */
export async function readJsonBody(
  incoming: IncomingMessage,
  limits: BodyLimits,
  mended: (change: Change) => void = () => {},
): Promise<unknown> {
  refuseCharset(incoming.headers['content-type']);
  const raw = await readBytes(incoming, limits);
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase();
  const bytes =
    encoding === undefined || encoding === 'identity' ? raw : await inflate(raw, encoding, limits.bodyBytes);
  return parseJson(bytes, limits.jsonDepth, mended);
}

/** What `readJsonBody` gives, for a body that came together with its head, as small ones do; undefined where one has to wait for it. */
export function jsonAtHand(
  incoming: IncomingMessage,
  limits: BodyLimits,
  mended: (change: Change) => void,
): { body: unknown } | undefined {
  const { 'content-length': length, 'content-encoding': encoding, 'content-type': type } = incoming.headers;
  const declared = Number(length ?? Number.NaN);
  if (!(declared > 0 && declared <= limits.bodyBytes) || incoming.readableLength !== declared || encoding !== undefined)
    return undefined;
  refuseCharset(type);
  const bytes: Buffer | null = incoming.read(declared);
  return bytes ? { body: parseJson(bytes, limits.jsonDepth, mended) } : undefined;
}

function refuseCharset(contentType: string | undefined): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase();
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') return;
  throw new ProxyError(
    'invalid_request',
    'The body must be UTF-8: JSON on the wire has no other encoding (RFC 8259, 8.1).',
  );
}

function readBytes(incoming: IncomingMessage, { bodyBytes, bodyMs }: BodyLimits): Promise<Buffer> {
  const declared = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (declared > bodyBytes) return Promise.reject(tooLarge(bodyBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (error?: ProxyError) => {
      clearTimeout(timer);
      incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      if (error) {
        incoming.on('error', ignore);
        return reject(error);
      }
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, length));
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyBytes) settle(tooLarge(bodyBytes));
      else chunks.push(chunk);
    };
    const onEnd = () => settle();
    const onClose = () => settle(clientGone());
    const timer = setTimeout(() => settle(tooSlow(bodyMs)), bodyMs);
    incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

const ignore = (): void => {};

function tooSlow(ms: number): ProxyError {
  return new ProxyError('timeout', `The request body did not arrive within ${ms / 1000} s.`, {
    fix: 'set timeouts.body in the configuration file',
  });
}

function parseJson(bytes: Buffer, depthLimit: number, mended: (change: Change) => void): unknown {
  if (bytes.length === 0) throw new ProxyError('invalid_request', 'The body is empty; it must be a JSON object.');
  if (!isUtf8(bytes)) throw new ProxyError('invalid_request', 'The body is not valid UTF-8.');
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = bytes.toString('utf8', bom);
  if (jsonDepth(text, depthLimit) > depthLimit) {
    throw new ProxyError('invalid_request', `The body nests brackets deeper than ${depthLimit} levels.`, {
      fix: 'set limits.jsonDepth in the configuration file',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProxyError('invalid_request', `The body is not valid JSON${placeIn(text, error)}.`);
  }
  return mayBeHalved(text) ? withoutHalves(value, mended) : value;
}

function withoutHalves(value: unknown, mended: (change: Change) => void): unknown {
  const whole = wellFormed(value);
  if (whole !== value) mended({ what: 'halved characters replaced', why: 'No service takes half a surrogate pair.' });
  return whole;
}

/** V8 quotes the content in its message; only the place is taken from it. */
function placeIn(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (/unexpected end|unterminated/i.test(message)) return ': it ends too early';
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position));
  const line = before.split('\n').length;
  return ` at line ${line}, column ${before.length - before.lastIndexOf('\n')}`;
}
