import { expect, test } from 'vitest';
import { collect } from '../../src/converse/collect.ts';
import type { Usage } from '../../src/converse/events.ts';
import { createCacheWatch, type UnreadNotice } from '../../src/policy/cache-watch.ts';
import { withCacheWatch } from '../../src/proxy/with-cache-watch.ts';
import { aCall, anAnswer, capabilities, fakeClock, modelInfo, scripted, singly } from '../proxy/call-fixture.ts';

const owner = { principalId: 'a', modelId: 'm' };
const usage = (read: number, written: number): Usage => ({
  inputTokens: 10,
  outputTokens: 1,
  totalTokens: 11 + read + written,
  cacheReadInputTokens: read,
  cacheWriteInputTokens: written,
});

function setup() {
  const clock = fakeClock();
  const notices: UnreadNotice[] = [];
  return { clock, notices, watch: createCacheWatch({ clock, onUnread: (notice) => notices.push(notice) }) };
}

test('case 82: six writes without a read are told once, and points in the conversation rest for a quarter of an hour', async () => {
  const { clock, notices, watch } = setup();
  for (let call = 0; call < 5; call++) watch.saw(owner, usage(0, 5_000));
  expect([watch.pays(owner), notices]).toEqual([true, []]);
  watch.saw(owner, usage(0, 5_000));
  watch.saw(owner, usage(0, 5_000));
  expect(notices).toEqual([{ ...owner, calls: 6, writtenTokens: 30_000 }]);
  expect([watch.pays(owner), watch.pays({ ...owner, principalId: 'b' })]).toEqual([false, true]);
  watch.saw(owner, usage(900, 0));
  expect(watch.pays(owner)).toBe(false);
  await clock.advance(15 * 60_000);
  expect(watch.pays(owner)).toBe(true);
  watch.saw(owner, usage(0, 5_000));
  expect([watch.pays(owner), notices.length]).toEqual([true, 1]);
});

test('a read among the writes starts the count anew, and calls that touch no cache count nothing', () => {
  const { notices, watch } = setup();
  for (let call = 0; call < 20; call++) watch.saw(owner, call % 5 === 4 ? usage(5_000, 100) : usage(0, 5_000));
  for (let call = 0; call < 20; call++) watch.saw(owner, usage(0, 0));
  expect([watch.pays(owner), notices]).toEqual([true, []]);
});

test('the layer tells the watch what each answer cost, and asks for steadier points while they do not pay', async () => {
  const { watch } = setup();
  const promptCaching = {
    minTokens: 1024,
    maxPoints: 4,
    ttls: ['5m' as const],
    ttlField: false,
    fields: ['messages' as const],
  };
  const target = { ...aCall().target, info: { ...modelInfo, capabilities: { ...capabilities, promptCaching } } };
  const answer = anAnswer('Hi', { end: { stopReason: 'end_turn', usage: usage(0, 5_000) } });
  const upstream = scripted(() => singly(answer));
  for (let call = 0; call < 7; call++) await collect(withCacheWatch(watch)(upstream)(aCall({ target })));
  expect(upstream.calls.map(({ options }) => options.steadyPrefix)).toEqual([...Array(6).fill(undefined), false]);
});
