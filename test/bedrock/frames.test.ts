import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrameHeaders } from '../../src/bedrock/frame-headers.ts';
import { frameDecoder } from '../../src/bedrock/frames.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text),
);

type Headers = Parameters<EventStreamCodec['encode']>[0]['headers'];
const string = (value: string) => ({ type: 'string' as const, value });

const encode = (headers: Headers, body: string): Buffer =>
  Buffer.from(codec.encode({ headers, body: Buffer.from(body) }));

const event = (name: string, body: string): Buffer =>
  encode(
    { ':event-type': string(name), ':content-type': string('application/json'), ':message-type': string('event') },
    body,
  );

type Seen = { headers: FrameHeaders; body: string };

function decode(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const decoder = frameDecoder((headers, bytes, start, end) => {
    seen.push({ headers, body: bytes.toString('utf8', start, end) });
  });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.finish();
  return seen;
}

const names = (seen: Seen[]) => seen.map(({ headers, body }) => `${headers.eventType} ${body}`);
const three = [
  event('messageStart', '{"role":"assistant"}'),
  event('contentBlockDelta', '{"delta":{"text":"åß→😀"}}'),
  event('x', ''),
];
const threeSeen = ['messageStart {"role":"assistant"}', 'contentBlockDelta {"delta":{"text":"åß→😀"}}', 'x '];
const broken = expect.objectContaining({ code: 'upstream_truncated' });

test('case 106: frames of the AWS codec are read at every split of the bytes, inside a character too', () => {
  const bytes = Buffer.concat(three);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(names(decode([bytes.subarray(0, cut), bytes.subarray(cut)]))).toEqual(threeSeen);
  }
  expect(names(decode(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))))).toEqual(threeSeen);
});

test('any frames, cut anywhere into any number of pieces, come out whole and in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1, maxLength: 40 })), { maxLength: 6 }),
      fc.array(fc.nat(2000), { maxLength: 12 }),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([body, name]) => event(name, body)));
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));
        expect(names(decode(pieces))).toEqual(frames.map(([body, name]) => `${name} ${body}`));
      },
    ),
  );
});

test('each changed byte of a frame is seen, and nothing of the frame is handed out', () => {
  const good = event('contentBlockDelta', '{"delta":{"text":"hello"}}');
  for (let at = 0; at < good.length; at++) {
    for (const bit of [0x01, 0x10, 0x80]) {
      const bad = Buffer.from(good);
      bad.writeUInt8(bad.readUInt8(at) ^ bit, at);
      expect(() => decode([bad])).toThrow(broken);
      expect(() => decode([bad.subarray(0, 7), bad.subarray(7)])).toThrow(broken);
    }
  }
});

test('case 92: a stream that ends inside a frame is broken, at every length', () => {
  const bytes = Buffer.concat(three);
  const edges = new Set([0, three[0]?.length ?? 0, (three[0]?.length ?? 0) + (three[1]?.length ?? 0), bytes.length]);
  for (let length = 0; length <= bytes.length; length++) {
    const run = () => decode([bytes.subarray(0, length)]);
    if (edges.has(length)) expect(run).not.toThrow();
    else expect(run).toThrow(broken);
  }
});

test('a length is checked before anything is reserved for it', () => {
  const prelude = (total: number, headers: number): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(total, 0);
    bytes.writeUInt32BE(headers, 4);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    return bytes;
  };
  const before = process.memoryUsage().arrayBuffers;
  for (const [total, headers] of [
    [0xffffffff, 0],
    [0, 0],
    [15, 0],
    [24 * 1024 * 1024 + 1, 0],
    [1_000_000, 128 * 1024 + 1],
    [100, 85],
    [16, 1],
  ] as const) {
    const bytes = prelude(total, headers);
    expect(() => decode([bytes])).toThrow(broken);
    expect(() => decode([bytes.subarray(0, 5), bytes.subarray(5)])).toThrow(broken);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  expect(() => decode([prelude(16, 0)])).toThrow(broken);
});

test('a large frame in small pieces is read', () => {
  const body = 'x'.repeat(3_000_000);
  const bytes = event('contentBlockDelta', body);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_521) pieces.push(bytes.subarray(at, at + 65_521));
  expect(decode(pieces)[0]?.body.length).toBe(body.length);
});

test('headers of every type are walked over; exceptions and errors are read', () => {
  const every: Headers = {
    a: { type: 'boolean', value: true },
    b: { type: 'boolean', value: false },
    c: { type: 'byte', value: 1 },
    d: { type: 'short', value: 2 },
    e: { type: 'integer', value: 3 },
    g: { type: 'binary', value: Buffer.from([1, 2, 3]) },
    h: { type: 'timestamp', value: new Date(0) },
    i: { type: 'uuid', value: '00112233-4455-6677-8899-aabbccddeeff' },
    ':message-type': string('exception'),
    ':exception-type': string('throttlingException'),
    ':error-code': string('E'),
    ':error-message': string('über'),
  };
  expect(decode([encode(every, '{}')])[0]?.headers).toEqual({
    messageType: 'exception',
    eventType: '',
    exceptionType: 'throttlingException',
    errorCode: 'E',
    errorMessage: 'über',
  });
});

test('the smallest frame, with nothing in it, is read', () => {
  expect(decode([framed(Buffer.alloc(0))])).toHaveLength(1);
});

test('header blocks that are alike are read once; those that differ in one byte are not alike', () => {
  const seen = decode([event('abc', '1'), event('abc', '22'), event('abd', '3')]);
  expect(seen[1]?.headers).toBe(seen[0]?.headers);
  expect(seen.map(({ headers }) => headers.eventType)).toEqual(['abc', 'abc', 'abd']);
});

/** A frame with any header bytes, correctly summed. */
function framed(headers: Buffer): Buffer {
  const bytes = Buffer.alloc(16 + headers.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

test('header blocks that lie about themselves are refused, however they lie', () => {
  const blocks = [
    [1, 0x61], // a name and no type
    [9, 0x61, 0], // a name longer than the block
    [1, 0x61, 10], // a type that does not exist
    [1, 0x61, 7, 0], // half a length
    [1, 0x61, 7, 0, 5, 0x61], // a value longer than the block
    [1, 0x61, 5, 0, 0], // half a long
  ];
  for (const block of blocks) expect(() => decode([framed(Buffer.from(block))])).toThrow(broken);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (block) => {
      try {
        decode([framed(Buffer.from(block))]);
      } catch (error) {
        expect(error).toEqual(broken);
      }
    }),
  );
});
