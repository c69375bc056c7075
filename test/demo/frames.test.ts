import { EventStreamCodec } from '@smithy/eventstream-codec';
import { expect, test } from 'vitest';
import { encodeFrame, errorFrame, eventFrame, exceptionFrame, sealFrame } from '../../src/demo/frames.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
);

test('our frames are the codec’s frames, byte for byte', () => {
  const headers = { ':event-type': 'contentBlockDelta', ':content-type': 'application/json', ':message-type': 'event' };
  const payload = Buffer.from('{"delta":{"text":"Grüße, 世界 🌍"}}');
  const theirs = codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]),
    ),
    body: payload,
  });
  expect(Buffer.from(theirs)).toEqual(encodeFrame(headers, payload));
});

test('the codec reads events with padding, exceptions and errors', () => {
  const event = codec.decode(eventFrame({ messageStop: { stopReason: 'end_turn' } }, 5));
  expect(JSON.parse(Buffer.from(event.body).toString())).toEqual({ stopReason: 'end_turn', p: 'abcde' });
  const exception = codec.decode(exceptionFrame('throttlingException', { message: 'slow down' }));
  expect(exception.headers[':exception-type']?.value).toBe('throttlingException');
  const error = codec.decode(errorFrame('InternalError', 'oh'));
  expect(error.headers[':error-message']?.value).toBe('oh');
  expect(error.body).toHaveLength(0);
});

test('a frame changed in place is whole again after sealing', () => {
  const frame = encodeFrame({ ':message-type': 'event' }, Buffer.from('{"n":1}'));
  frame.write('2', frame.length - 6);
  expect(() => codec.decode(frame)).toThrow();
  sealFrame(frame);
  expect(Buffer.from(codec.decode(frame).body).toString()).toBe('{"n":2}');
});
