import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collector } from '../../src/converse/collect.ts';
import type { Event } from '../../src/converse/events.ts';
import { createGoneBy } from '../../src/converse/gone-by.ts';
import { anAnswer, singly } from '../proxy/call-fixture.ts';

const pieces = fc.array(fc.string({ unit: 'grapheme', maxLength: 3_000 }), { maxLength: 8 });

/** An answer of several blocks, each of several deltas. */
function streamOf(blocks: readonly string[][]): Event[] {
  const [start, end] = [singly(anAnswer())[0]?.[0], singly(anAnswer()).at(-1)?.at(-1)];
  const inside = blocks.flatMap((texts, index): Event[] => [
    { type: 'open', index, block: { kind: 'text' } },
    ...texts.map((text): Event => ({ type: 'delta', index, kind: 'text', text })),
    { type: 'close', index },
  ]);
  return [start, ...inside, end].flatMap((event) => event ?? []);
}

const folded = (events: readonly Event[]) => {
  const fold = collector();
  fold.add(events);
  return fold.answer();
};

test('what has gone by tells the same answer, in fewer events, at every moment', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 4 }), fc.nat(40), (blocks, cut) => {
      const events = streamOf(blocks);
      const goneBy = createGoneBy();
      for (const event of events.slice(0, cut)) goneBy.add([event]);
      const early = goneBy.events();
      const asItWas = structuredClone(early);
      for (const event of events.slice(cut)) goneBy.add([event]);
      expect(early).toEqual(asItWas); // what somebody holds does not grow under them
      expect(folded([...early, ...events.slice(cut)])).toEqual(folded(events));
      expect(folded(goneBy.events())).toEqual(folded(events));
      expect(goneBy.events().length).toBeLessThanOrEqual(events.length);
    }),
  );
});

test('a thousand tokens are a handful of events', () => {
  const goneBy = createGoneBy();
  for (const event of streamOf([Array.from({ length: 1_000 }, () => ' token')])) goneBy.add([event]);
  expect(goneBy.events().map(({ type }) => type)).toEqual(['start', 'open', 'delta', 'delta', 'close', 'end']);
});
