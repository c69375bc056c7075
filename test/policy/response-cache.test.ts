import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { StopReason } from '../../src/converse/events.ts';
import { createResponseCache, isCacheable } from '../../src/policy/response-cache.ts';
import { aCall, anAnswer, fakeClock } from '../proxy/call-fixture.ts';

test('an answer is found for five minutes, with its age and the time left, and not a moment longer', async () => {
  const clock = fakeClock();
  const cache = createResponseCache({ clock });
  expect(cache.put('k', anAnswer(), [])).toBe(true);
  await clock.advance(100_000);
  expect(cache.get('k')).toMatchObject({ answer: anAnswer(), age: 100, ttl: 200 });
  await clock.advance(200_001);
  expect(cache.get('k')).toBeUndefined();
  expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, hits: 1, misses: 1, stores: 1 });
});

test('a sweep lets an expired answer go although nobody asks again', async () => {
  const clock = fakeClock();
  const cache = createResponseCache({ clock });
  cache.put('k', anAnswer(), []);
  await clock.advance(299_000);
  cache.sweep();
  expect(cache.get('k')).toBeDefined();
  await clock.advance(2_000);
  cache.sweep();
  expect(cache.stats().bytes).toBe(0);
});

test.each([
  ['end_turn', true],
  ['tool_use', true],
  ['stop_sequence', true],
  ['max_tokens', false],
  ['guardrail_intervened', false],
  ['content_filtered', false],
  ['model_context_window_exceeded', false],
  ['refusal', false],
] as const satisfies [StopReason, boolean][])('an answer that ended by %s is kept: %s', (stopReason, kept) => {
  const cache = createResponseCache({ clock: fakeClock() });
  expect(cache.put('k', anAnswer('Hi', { end: { stopReason } }), [])).toBe(kept);
  expect(cache.get('k') !== undefined).toBe(kept);
});

test('an answer of nothing is not kept', () => {
  const cache = createResponseCache({ clock: fakeClock() });
  expect(cache.put('k', anAnswer('', { blocks: [] }), [])).toBe(false);
});

test('over a simulated day of different answers the cache stays within its bytes', async () => {
  const clock = fakeClock();
  const maxBytes = 2 ** 20;
  const cache = createResponseCache({ clock, maxBytes });
  for (let minute = 0; minute < 24 * 60; minute++) {
    for (let nth = 0; nth < 20; nth++) cache.put(`${minute}.${nth}`, anAnswer('x'.repeat(100 * (minute % 97))), []);
    expect(cache.stats().bytes).toBeLessThanOrEqual(maxBytes);
    await clock.advance(60_000);
  }
  expect(cache.put('giant', anAnswer('x'.repeat(maxBytes)), [])).toBe(false);
  await clock.advance(300_000);
  expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
});

test('clear empties it', () => {
  const cache = createResponseCache({ clock: fakeClock() });
  cache.put('k', anAnswer(), []);
  cache.clear();
  expect(cache.get('k')).toBeUndefined();
});

test('`deterministic` keeps only what asks for temperature 0', () => {
  const zero = aCall({ request: { messages: [], inferenceConfig: { temperature: 0 } } });
  expect([isCacheable(zero, 'deterministic'), isCacheable(aCall(), 'deterministic')]).toEqual([true, false]);
  expect([isCacheable(aCall(), 'all'), isCacheable(zero, 'off')]).toEqual([true, false]);
});

/** Keeps answers that came in many pieces, each cut out of a frame, and prints the bytes they take and those the cache counts. */
const program = `
const [cacheRoom, foldRoom] = process.argv.slice(1);
const { createResponseCache } = await import(cacheRoom);
const { collector } = await import(foldRoom);
const cache = createResponseCache({ clock: { monotonic: () => 0 }, maxBytes: 2 ** 30 });
const usage = { inputTokens: 1, outputTokens: 100, totalTokens: 101 };
gc();
const before = process.memoryUsage().heapUsed;
for (let nth = 0; nth < 300; nth++) {
  const fold = collector();
  fold.add([{ type: 'start', served: { model: 'm', region: 'r', changes: [] } }, { type: 'open', index: 0, block: { kind: 'text' } }]);
  for (let piece = 0; piece < 100; piece++) {
    const frame = Buffer.from('{"p":"' + 'abcdefgh'.repeat(20) + '","text":"' + String(nth * 1000 + piece).padEnd(40) + '"}').toString();
    fold.add([{ type: 'delta', index: 0, kind: 'text', text: /"text":"([^"]*)"/.exec(frame)[1] }]);
  }
  fold.add([{ type: 'end', end: { stopReason: 'end_turn', usage } }]);
  cache.put('k' + nth, fold.answer(), []);
}
gc();
process.stdout.write(JSON.stringify([process.memoryUsage().heapUsed - before, cache.stats().bytes]));
`;

test('an answer that came in pieces takes no more memory than the cache counts', async () => {
  const rooms = ['policy/response-cache', 'converse/collect'].map(
    (room) => new URL(`../../src/${room}.ts`, import.meta.url).href,
  );
  const args = ['--expose-gc', '--input-type=module', '-e', program, '--', ...rooms];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  const [taken, counted] = JSON.parse(stdout) as [number, number];
  expect(counted).toBeGreaterThan(300 * 4_000);
  expect(taken).toBeLessThan(counted);
});
