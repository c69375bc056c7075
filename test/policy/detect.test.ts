import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCard, isIban, luhn } from '../../src/policy/detect/checksums.ts';
import { webInjectionRules } from '../../src/policy/detect/content.ts';
import { finderOf } from '../../src/policy/detect/detector.ts';
import { personalDetectors } from '../../src/policy/detect/personal.ts';
import { secretDetectors } from '../../src/policy/detect/secrets.ts';
import { processorMs } from '../processor-time.ts';
import { corpus } from './corpus/corpus.ts';

const find = finderOf([...secretDetectors, ...personalDetectors]);
const found = (text: string) => find(text).map(({ kind, start, end }) => ({ kind, value: text.slice(start, end) }));

test('on the labelled corpus, precision and recall by kind', () => {
  const scores = new Map<string, { hit: number; missed: number; wrong: number }>();
  const scoreOf = (kind: string) => {
    const score = scores.get(kind) ?? { hit: 0, missed: 0, wrong: 0 };
    scores.set(kind, score);
    return score;
  };
  const faults: string[] = [];
  for (const { text, holds } of corpus) {
    const left = [...holds];
    for (const { kind, value } of found(text)) {
      const at = left.findIndex((label) => label.kind === kind && label.value === value);
      if (at === -1) {
        scoreOf(kind).wrong++;
        faults.push(`wrong ${kind}: ${value} in ${text}`);
      } else {
        scoreOf(kind).hit++;
        left.splice(at, 1);
      }
    }
    for (const { kind, value } of left) {
      scoreOf(kind).missed++;
      faults.push(`missed ${kind}: ${value}`);
    }
  }
  const total = { hit: 0, missed: 0, wrong: 0 };
  const rows = [...scores].sort().map(([kind, { hit, missed, wrong }]) => {
    total.hit += hit;
    total.missed += missed;
    total.wrong += wrong;
    return `${kind.padEnd(20)} precision ${percent(hit, hit + wrong)}  recall ${percent(hit, hit + missed)}  (${hit + missed} labelled)`;
  });
  const precision = total.hit / (total.hit + total.wrong);
  const recall = total.hit / (total.hit + total.missed);
  process.stdout.write(
    `${rows.join('\n')}\nall: precision ${(100 * precision).toFixed(1)} %, recall ${(100 * recall).toFixed(1)} %, ${corpus.length} texts\n${faults.join('\n')}\n`,
  );
  expect(corpus.filter(({ holds }) => holds.length === 0).length, 'texts that hold nothing').toBeGreaterThan(30);
  expect(precision).toBeGreaterThanOrEqual(0.97);
  expect(recall).toBeGreaterThanOrEqual(0.95);
});

function percent(part: number, whole: number): string {
  return whole === 0 ? '    –' : `${((100 * part) / whole).toFixed(0).padStart(4)} %`;
}

test('cards: a right number is found, and no number with one digit changed', () => {
  expect(isCard('4111 1111 1111 1111')).toBe(true);
  fc.assert(
    fc.property(fc.nat(15), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const digits = [...'4111111111111111'];
      digits[at] = String((Number(digits[at]) + by) % 10);
      expect(luhn(digits.join(''))).toBe(false);
    }),
  );
});

test('IBANs: no number with one character changed or two swapped passes', () => {
  const good = 'DE89370400440532013000';
  expect(isIban(good)).toBe(true);
  fc.assert(
    fc.property(fc.integer({ min: 4, max: good.length - 1 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const chars = [...good];
      chars[at] = String((Number(chars[at]) + by) % 10);
      expect(isIban(chars.join(''))).toBe(false);
    }),
  );
});

test('findings never overlap, and stand where they say', () => {
  const texts = corpus.map(({ text }) => text);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...texts), { maxLength: 6 }), (parts) => {
      const text = parts.join('\n');
      let free = 0;
      for (const { start, end } of find(text)) {
        expect(start).toBeGreaterThanOrEqual(free);
        expect(end).toBeGreaterThan(start);
        free = end;
      }
    }),
  );
});

test('no gate and no anchor hides a value: each detector alone finds the same with them and without', () => {
  const detectors = [...secretDetectors, ...personalDetectors, ...webInjectionRules];
  const pairs = detectors.map((detector) => {
    const { anchor: _, gate: __, ...plain } = detector;
    return { kind: detector.kind, anchored: finderOf([detector]), plain: finderOf([plain]) };
  });
  const same = (text: string) => {
    for (const { kind, anchored, plain } of pairs) expect(anchored(text), `${kind} in ${text}`).toEqual(plain(text));
  };
  for (const { text } of corpus) same(text);
  /** Long enough to be looked through in one byte a character. */
  const long = (text: string) => `${'Lorem ipsum. '.repeat(80)}→ ${text}`;
  const values = corpus.flatMap(({ holds }) => holds.map(({ value }) => value));
  const glue = fc.constantFrom(
    '',
    ' ',
    '\n',
    '"',
    "'",
    ' = "',
    '": "',
    '-',
    '_',
    '.',
    ' (',
    ') ',
    '+',
    '@',
    'Bearer ',
    '://',
    ' := ',
    '=>',
    '/',
    '\u00a0',
    '\u2028',
    '\u205f',
    'é',
    '…',
    'š', // its lower byte is that of an "a"
    '丢', // and of a quotation mark
    'ı', // and of a "1"
    '<',
  );
  const part = fc.oneof(
    fc.constantFrom(...values),
    fc.constantFrom(
      'key',
      'password',
      'PESEL',
      'IdNr',
      '2A',
      'SG',
      'javascript:',
      '<ScRipt>',
      'secret_key',
      'https',
      '+49',
    ),
  );
  // Cut and glued anew: the edges of what a pattern takes are where an anchor could ask for too much.
  const piece = fc
    .tuple(part, fc.nat(60), fc.nat(8))
    .map(([text, cut, from]) => text.slice(from % 3, -1 - cut || undefined));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(part, piece), glue), { maxLength: 6 }), (parts) => {
      const text = parts.flat().join('');
      same(text);
      same(long(text));
    }),
    { numRuns: 1500 },
  );
});

test('a value that stands at the end of its match is found where it stands, its beginning behind it', () => {
  expect(found('see <ana.lopez@firma-nord.de>, or x@y.zz@firma-sued.de')).toEqual([
    { kind: 'EMAIL', value: 'ana.lopez@firma-nord.de' },
    { kind: 'EMAIL', value: 'x@y.zz' },
    { kind: 'EMAIL', value: '@firma-sued.de' },
  ]);
});

const own = (kind: string, pattern: RegExp) => ({ kind, group: 'content' as const, pattern });

test('values side by side are both found, and of two that overlap nothing stays in the open', () => {
  const places = (text: string, ...detectors: ReturnType<typeof own>[]) =>
    finderOf(detectors)(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);
  expect(places('aaabbb', own('X_A', /a+/), own('X_B', /b+/))).toEqual([
    ['X_A', 'aaa'],
    ['X_B', 'bbb'],
  ]);
  expect(places('id 4111 1111', own('X_ID', /id \d{4}/), own('X_CARD', /\d{4} \d{4}/))).toEqual([
    ['X_ID', 'id 4111'],
    ['X_CARD', ' 1111'],
  ]);
  expect(places('abcd', own('X_OUT', /abcd/), own('X_IN', /bc/))).toEqual([['X_OUT', 'abcd']]);
});

test('a pattern that may match nothing ends', () => {
  const find = finderOf([{ kind: 'X_EMPTY', group: 'content', pattern: /x*/ }]);
  expect(find('axxb')).toEqual([{ kind: 'X_EMPTY', group: 'content', start: 1, end: 3 }]);
});

test('no text, however made, keeps a detector busy: a megabyte of the worst takes less than a second of the processor', () => {
  const worst = [
    'a',
    '1',
    '1 ',
    'a.',
    'a@',
    'AKIA',
    'eyJ',
    '-----BEGIN PRIVATE KEY-----',
    '+1 1',
    'DE89 ',
    'password=',
    'postgres://a:',
    '1.',
    '://a:b',
  ];
  for (const part of worst) {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    expect(
      processorMs(() => find(text)),
      part,
    ).toBeLessThan(1_000);
  }
});

test('code and prose cost little: a megabyte of each', () => {
  const text = corpus
    .map((sample) => sample.text)
    .filter((sample) => found(sample).length === 0)
    .join('\n');
  const megabyte = text.repeat(Math.ceil(1_000_000 / text.length));
  const findSecrets = finderOf(secretDetectors);
  const secretsMs = processorMs(() => findSecrets(megabyte));
  const allMs = processorMs(() => find(megabyte));
  process.stdout.write(
    `cost per MB: secrets ${secretsMs.toFixed(0)} ms, secrets and personal data ${allMs.toFixed(0)} ms\n`,
  );
  expect(secretsMs + allMs).toBeLessThan(2_000);
});
