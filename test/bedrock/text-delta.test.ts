import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textDelta } from '../../src/bedrock/text-delta.ts';

test('it gives what JSON.parse gives, or nothing', () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.string({ unit: 'grapheme' }),
      fc.option(fc.string()),
      (contentBlockIndex, text, p) => {
        const payload = JSON.stringify({ contentBlockIndex, delta: { text }, ...(p === null ? {} : { p }) });
        const piece = textDelta(payload);
        if (piece) {
          found++;
          expect(piece).toEqual({ index: contentBlockIndex, text });
        } else {
          expect(text === '' || JSON.stringify(text + (p ?? '')).includes('\\')).toBe(true);
        }
      },
    ),
  );
  expect(found).toBeGreaterThan(10);
});

test('payloads of any other form are left to the parser', () => {
  for (const payload of [
    '{"contentBlockIndex":0,"delta":{"toolUse":{"input":"x"}}}',
    '{"contentBlockIndex":0,"delta":{"text":"a\\n"}}',
    '{"contentBlockIndex":0,"delta":{"text":""}}',
    '{"contentBlockIndex":0,"delta":{"text":"a","more":1}}',
    '{"contentBlockIndex":0,"delta":{"text":"a"},"more":{}}',
    '{"delta":{"text":"a"},"contentBlockIndex":0}',
    '{"contentBlockIndex":0,"delta":{"text":"a"}',
    '',
  ]) {
    expect(textDelta(payload)).toBeUndefined();
  }
});
