import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../src/converse/events.ts';
import { createMasks, unmasker } from '../../src/policy/mask.ts';

const finding = (kind: string, start: number, end: number) => ({ kind, group: 'personal' as const, start, end });

function hiding(values: readonly string[], principal = 'key_a') {
  const masks = createMasks('secret', principal);
  const placeholders = values.map((value) => masks.hide(value, [finding('EMAIL', 0, value.length)]));
  return { masks, placeholders };
}

test('a placeholder is one plain word, the same for the same value, another for another value or another person', () => {
  const { placeholders } = hiding(['a@b.co', 'a@b.co', 'c@d.co']);
  expect(placeholders[0]).toMatch(/^MASKED_EMAIL_[0-9A-Z]{8}$/);
  expect(placeholders[1]).toBe(placeholders[0]);
  expect(placeholders[2]).not.toBe(placeholders[0]);
  expect(hiding(['a@b.co']).placeholders[0]).toBe(placeholders[0]);
  expect(hiding(['a@b.co'], 'key_b').placeholders[0]).not.toBe(placeholders[0]);
});

test('hide and show are each other’s way back, in text and in JSON', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: 'grapheme' }),
      (before, value, after) => {
        const masks = createMasks('secret', 'key_a');
        const hidden = masks.hide(before + value + after, [finding('X', before.length, before.length + value.length)]);
        expect(masks.show(hidden)).toBe(before + value + after);
        expect(JSON.parse(masks.showInJson(JSON.stringify({ a: hidden }))).a).toBe(before + value + after);
      },
    ),
  );
});

test('what only resembles a placeholder, or belongs to another request, stays as it is', () => {
  const { masks } = hiding(['a@b.co']);
  for (const text of ['MASKED_EMAIL_00000000', 'MASKED_', 'masked_email', 'M']) expect(masks.show(text)).toBe(text);
});

/** The texts of a block, cut at the given places into deltas, behind an unmasker. */
function streamed(
  masks: ReturnType<typeof createMasks>,
  text: string,
  cuts: readonly number[],
  kind: 'text' | 'reasoning' | 'tool',
) {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  const pieces = [0, ...places].map((from, at) => text.slice(from, places[at] ?? text.length));
  const block = kind === 'tool' ? ({ kind, id: 't', name: 'n' } as const) : { kind };
  const events: Event[] = [
    { type: 'open', index: 0, block },
    ...pieces.map((piece): Event => ({ type: 'delta', index: 0, kind, text: piece })),
    { type: 'close', index: 0 },
  ];
  const show = unmasker(masks);
  const out = events.flatMap((event) => show([event]));
  expect(out.at(-1)?.type).toBe('close');
  return out.map((event) => (event.type === 'delta' ? event.text : '')).join('');
}

test('a placeholder split over deltas at every place comes back whole', () => {
  const { masks, placeholders } = hiding(['ana@firma.de']);
  const text = `Write to ${placeholders[0]}, MASKED or M`;
  for (let cut = 0; cut <= text.length; cut++) {
    for (const kind of ['text', 'reasoning'] as const) {
      expect(streamed(masks, text, [cut], kind)).toBe('Write to ana@firma.de, MASKED or M');
    }
  }
});

test('in tool arguments what is put back is escaped, however the JSON is cut', () => {
  const key = '-----BEGIN PRIVATE KEY-----\n"quoted"\\\n-----END PRIVATE KEY-----';
  const { masks, placeholders } = hiding([key]);
  const json = JSON.stringify({ content: `key: ${placeholders[0]}\n`, n: 1 });
  fc.assert(
    fc.property(fc.array(fc.nat(json.length), { maxLength: 8 }), (cuts) => {
      expect(JSON.parse(streamed(masks, json, cuts, 'tool'))).toEqual({ content: `key: ${key}\n`, n: 1 });
    }),
  );
});

test('any text with any of its values masked streams back as it was, however it is cut', () => {
  const part = fc.oneof(fc.constantFrom('M', 'MA', 'MASKED_', 'MASKED_EMAIL_', 'MASKED_EMAIL_7', ' '), fc.string());
  fc.assert(
    fc.property(
      fc.array(part),
      fc.array(fc.tuple(fc.emailAddress(), part), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (start, rest, cuts) => {
        const masks = createMasks('secret', 'key_a');
        let plain = start.join('');
        let hidden = plain;
        for (const [value, after] of rest) {
          hidden += masks.hide(value, [finding('EMAIL', 0, value.length)]) + after;
          plain += value + after;
        }
        expect(streamed(masks, hidden, cuts, 'text')).toBe(plain);
      },
    ),
  );
});

test('nothing is held longer than needed: ordinary text passes piece by piece', () => {
  const { masks } = hiding(['a@b.co']);
  const show = unmasker(masks);
  const delta = (text: string): Event => ({ type: 'delta', index: 0, kind: 'text', text });
  expect(show([delta('My name is M')])).toEqual([delta('My name is ')]);
  expect(show([delta('artha.')])).toEqual([delta('Martha.')]);
});

test('in plain text what is put back is not escaped', () => {
  const { masks, placeholders } = hiding(['say "one"\ntwo\\']);
  expect(streamed(masks, `It is ${placeholders[0]}.`, [], 'text')).toBe('It is say "one"\ntwo\\.');
});
