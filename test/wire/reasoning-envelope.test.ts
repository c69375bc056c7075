import { expect, test } from 'vitest';
import { openReasoning, sealReasoning } from '../../src/wire/reasoning-envelope.ts';

const sealed = (envelope: unknown) => Buffer.from(JSON.stringify(envelope)).toString('base64');

test('gives back exactly what was sealed, places where they are known', () => {
  const signed = { block: { reasoningText: { text: '', signature: 's' } } };
  const redacted = { block: { redactedContent: 'AQID' } };
  expect(openReasoning(sealReasoning([signed, redacted]))).toEqual([signed, redacted]);
  const placed = [
    { ...signed, place: 0 },
    { ...redacted, place: 3 },
  ];
  expect(openReasoning(sealReasoning(placed))).toEqual(placed);
});

test.each(['', '%%%', 'e30=', sealed({ v: 2, blocks: [] }), sealed({ v: 1, blocks: [{}] })])('refuses %j', (text) =>
  expect(openReasoning(text)).toBeUndefined(),
);

test('lets no other member through to Converse', () => {
  expect(openReasoning(sealed({ v: 1, blocks: [{ redactedContent: 'AQID', text: 'x' }], places: ['no'] }))).toEqual([
    { block: { redactedContent: 'AQID' } },
  ]);
});
