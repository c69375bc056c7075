import { describe, expect, test, vi } from 'vitest';
import { spanText } from '../../src/base/span-text.ts';
import type { CallRow } from '../../src/observe/recent-calls.ts';
import { curlOf } from '../../src/ui/curl.ts';
import { bytes, clockTime, count, dateTime, dollars, duration } from '../../src/ui/figures.ts';
import { filtered } from '../../src/ui/filter.ts';
import { shortClient, shortModel } from '../../src/ui/names.ts';
import { costStack, firstTokens, median, speeds } from '../../src/ui/series.ts';

const row = (different: Partial<CallRow> = {}): CallRow => ({
  id: 'req_1',
  at: 1_000_000,
  key: 'laptop',
  client: 'cursor',
  format: 'openai-chat',
  model: 'bedrock-sonnet',
  target: 'eu.anthropic.claude-sonnet-5',
  modelId: 'anthropic.claude-sonnet-5',
  region: 'eu-central-1',
  stream: true,
  outcome: 'served',
  firstEventMs: 500,
  durationMs: 2_500,
  tokens: { input: 10, output: 100, cacheRead: 0, cacheWrite: 0 },
  changes: [],
  ...different,
});

describe('figures', () => {
  test.each([
    [undefined, '–'],
    [0, '0 ms'],
    [1.44, '1.4 ms'],
    [340.4, '340 ms'],
    [999.6, '1.00 s'],
    [9_994, '9.99 s'],
    [12_340, '12.3 s'],
    [59_949, '59.9 s'],
    [59_951, '1 m 00 s'],
    [124_000, '2 m 04 s'],
  ])('%s milliseconds read %s', (ms, words) => expect(duration(ms)).toBe(words));

  test.each([
    [undefined, 'unpriced'],
    [0, '$0'],
    [0.00042, '$0.00042'],
    [0.0359, '$0.0359'],
    [4.125, '$4.13'],
    [-0.2, '−$0.20'],
    [12_345.6, '$12,346'],
  ])('%s dollars read %s: what has no price is never zero', (usd, words) => expect(dollars(usd)).toBe(words));

  test('counts, bytes and spans stay short', () => {
    expect([980, 8_214, 12_340, 999_499, 3_100_000].map(count)).toEqual(['980', '8,214', '12.3k', '999k', '3.1M']);
    expect([12, 12_800, 3_565_158].map(bytes)).toEqual(['12 B', '13 KiB', '3.4 MiB']);
    expect([40_000, 18 * 60_000, 28_260_000, 300_000_000, -5].map(spanText)).toEqual([
      '40 s',
      '18 min',
      '7 h 51 min',
      '3 days',
      '0 s',
    ]);
  });
});

describe('names', () => {
  test.each([
    ['eu.anthropic.claude-sonnet-5-20260102-v1:0', 'claude-sonnet-5'],
    ['anthropic.claude-haiku-4-5', 'claude-haiku-4-5'],
    ['global.anthropic.claude-opus-5', 'claude-opus-5'],
    ['us-gov.amazon.nova-pro-v1:0', 'nova-pro'],
    ['arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123', 'abc123'],
    ['others', 'others'],
  ])('%s reads %s', (id, short) => expect(shortModel(id)).toBe(short));

  test('a client is named without its version', () => {
    expect(['claude-cli/2.1.14', 'cursor', '/x'].map(shortClient)).toEqual(['claude-cli', 'cursor', '/x']);
  });
});

describe('the filter', () => {
  const rows = [
    row(),
    row({ id: 'req_2', outcome: 'failed', error: { code: 'upstream_limited' } }),
    row({ id: 'req_3', outcome: 'cached', client: 'zed', changes: [{ what: 'seed ignored', why: '' }] }),
    row({ id: 'req_4', outcome: 'shared' }),
    row({ id: 'req_5', outcome: 'refused', error: { code: 'limited' } }),
    row({ id: 'req_6', outcome: 'aborted' }),
  ];
  const ids = (...given: Parameters<typeof filtered>) =>
    filtered(...given)
      .map(({ id }) => id.slice(4))
      .join('');

  test('by kind', () => {
    expect(ids(rows, 'all', '')).toBe('123456');
    expect(ids(rows, 'problems', '')).toBe('25');
    expect(ids(rows, 'cached', '')).toBe('34');
  });

  test('by words, all of which must occur, in any case', () => {
    expect(ids(rows, 'all', ' UPSTREAM_limited  sonnet ')).toBe('2');
    expect(ids(rows, 'all', 'zed seed')).toBe('3');
    expect(ids(rows, 'all', 'zed nonsense')).toBe('');
  });
});

describe('charts', () => {
  test('first tokens come in order of time, and answers from a cache are not the model’s', () => {
    const series = firstTokens([
      row({ at: 3_000, firstEventMs: 900 }),
      row({ at: 2_000, firstEventMs: 1, outcome: 'cached' }),
      row({ at: 1_000, firstEventMs: 100 }),
    ]);
    expect(series).toMatchObject({ x: [1, 3], y: [0.1, 0.9], median: 0.5 });
  });

  test('a long pause is a gap, not a line', () => {
    const hour = 3_600_000;
    expect(firstTokens([row({ at: 2 * hour }), row({ at: 0 })])).toMatchObject({
      x: [0, 3600, 7200],
      y: [0.5, null, 0.5],
    });
  });

  test('speed is counted behind the first token; whole answers and a handful of tokens have none', () => {
    expect(speeds([row()]).y).toEqual([50]);
    const tokens = { input: 1, output: 3, cacheRead: 0, cacheWrite: 0 };
    expect(speeds([row({ stream: false }), row({ tokens }), row({ durationMs: 501 })]).y).toEqual([]);
  });

  test('the median of nothing is nothing', () => {
    expect([[], [3], [3, 1], [9, 1, 2]].map(median)).toEqual([undefined, 3, 2, 2]);
  });

  test('costs stack, dearest lowest, and the small ones together', () => {
    const cost = (day: string, modelId: string, usd: number) => ({ day, modelId, usd });
    const days = [
      cost('2026-11-01', 'a', 5),
      cost('2026-11-01', 'b', 3),
      cost('2026-11-03', 'c', 2),
      cost('2026-11-03', 'd', 1),
      cost('2026-11-03', 'e', 0.5),
    ];
    const stack = costStack({ from: '2026-11-01', until: '2026-11-03', days });
    expect(stack.days).toEqual(['2026-11-01', '2026-11-02', '2026-11-03']);
    expect(stack.models).toEqual(['a', 'b', 'c', 'others']);
    expect(stack.tops).toEqual([
      [5, 0, 0],
      [8, 0, 0],
      [8, 0, 2],
      [8, 0, 3.5],
    ]);
    expect(stack.sum).toBe(11.5);
  });
});

describe('copy as curl', () => {
  test.each([
    ['openai-chat', '/v1/chat/completions'],
    ['openai-responses', '/v1/responses'],
    ['anthropic-messages', '/v1/messages'],
    ['openai-embeddings', '/v1/embeddings'],
  ])('%s goes to %s', (format, path) => {
    const line = curlOf({ format, model: 'bedrock-sonnet', stream: false }, 'http://127.0.0.1:4141');
    expect(line).toContain(`http://127.0.0.1:4141${path} `);
    expect(line).toContain('$CLAUDE_BEDROCK_API_KEY');
  });

  test('a model’s name cannot leave its quotes', () => {
    const line = curlOf({ format: 'openai-chat', model: `x'; rm -rf / #`, stream: true }, 'http://127.0.0.1:4141');
    expect(line).toContain(`x'\\''; rm -rf / #`);
  });
});

test('a time of day names its day where that is not today, over a change of the clock too', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  const now = Date.parse('2026-10-25T12:00:00+01:00');
  const at = (text: string) => clockTime(Date.parse(text), now);
  expect(at('2026-10-25T00:00:00+02:00')).toBe('00:00:00');
  expect(at('2026-10-24T23:59:59+02:00')).toBe('Sat 23:59');
  expect(at('2026-10-19T00:00:00+02:00')).toBe('Mon 00:00');
  expect(at('2026-10-18T23:59:59+02:00')).toBe('18 Oct');
  expect(dateTime(now)).toBe('25 Oct 2026, 12:00:00');
  vi.unstubAllEnvs();
});
