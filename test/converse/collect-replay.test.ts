import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect } from '../../src/converse/collect.ts';
import type { Answer, Block, Event } from '../../src/converse/events.ts';
import { replay } from '../../src/converse/replay.ts';

const text = fc.string({ unit: 'grapheme' });
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record({
    kind: fc.constant('text' as const),
    text,
    citations: fc.array(fc.record({ title: text }), { minLength: 1 }),
  }),
  fc.record({ kind: fc.constant('reasoning' as const), text }),
  fc.record({ kind: fc.constant('reasoning' as const), text, signature: text }),
  fc.record({ kind: fc.constant('redacted' as const), data: fc.base64String() }),
  fc.record({ kind: fc.constant('tool' as const), id: text, name: text, input: text }),
  fc.record({ kind: fc.constant('other' as const), value: fc.constant({ image: {} }) }),
);
const answer: fc.Arbitrary<Answer> = fc.record({
  served: fc.constant({ model: 'm', region: 'r', changes: [] }),
  blocks: fc.array(block),
  end: fc.constant({ stopReason: 'end_turn' as const }),
});

async function* batches(events: Event[], size: number) {
  for (let at = 0; at < events.length; at += size) yield events.slice(at, at + size);
}

test('collect(replay(answer)) is the answer, however the batches are cut', async () => {
  await fc.assert(
    fc.asyncProperty(answer, fc.integer({ min: 1, max: 9 }), async (whole, size) => {
      expect(await collect(batches(replay(whole), size))).toEqual(whole);
    }),
  );
});

test('a stream without its end is truncated, not an answer', async () => {
  const events = replay({
    served: { model: 'm', region: 'r', changes: [] },
    blocks: [{ kind: 'text', text: 'half' }],
    end: { stopReason: 'end_turn' },
  });
  for (let cut = 0; cut < events.length; cut++) {
    await expect(collect(batches(events.slice(0, cut), 2))).rejects.toMatchObject({ code: 'upstream_truncated' });
  }
});
