import { expect, test } from 'vitest';
import type { Call } from '../../src/converse/call.ts';
import type { Message } from '../../src/converse/request.ts';
import { createLimits, type LimitRules } from '../../src/policy/limits.ts';
import type { RequestBounds } from '../../src/policy/request-bounds.ts';
import { withBounds, withLimits } from '../../src/proxy/with-limits.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, singly } from './call-fixture.ts';

function limited(perKey: LimitRules, script: Parameters<typeof scripted>[0] = () => singly(anAnswer())) {
  const limits = createLimits({ perKey, global: {}, clock: fakeClock() });
  const upstream = scripted(script);
  return { limits, upstream, ask: withLimits(limits)(upstream) };
}

test('what is left travels in `start`, and the answer is otherwise as it was', async () => {
  const { ask } = limited({ requestsPerMinute: 10, tokensPerMinute: 1000 });
  const { events } = await drain(ask(aCall()));
  expect(events[0]).toMatchObject({
    served: {
      limits: { requests: { limit: 10, remaining: 9, resetMs: 6000 }, tokens: { limit: 1000, remaining: 1000 } },
    },
  });
  expect(events.slice(1)).toEqual(singly(anAnswer()).flat().slice(1));
});

test('the answer’s tokens count against the next call; those of a cached answer do not', async () => {
  const { ask } = limited({ tokensPerMinute: 100 });
  await drain(ask(aCall()));
  expect((await drain(ask(aCall()))).error).toMatchObject({ code: 'limited' });
  const served = { ...anAnswer().served, cache: { status: 'hit' as const, ttl: 1, age: 1 } };
  const cached = limited({ tokensPerMinute: 100 }, () => singly(anAnswer('Hi', { served })));
  await drain(cached.ask(aCall()));
  expect((await drain(cached.ask(aCall()))).error).toBeUndefined();
});

test('case 101: what a client leaves half read is paid for all the same, and counts', async () => {
  const { ask, limits } = limited({ tokensPerMinute: 100 }, () => singly(anAnswer('word '.repeat(400))));
  for await (const batch of ask(aCall())) if (batch[0]?.type === 'delta') break;
  expect(limits.state()).toMatchObject([{ name: 'tokensPerMinute', left: expect.closeTo(100 - 502, 0) }]);
  const broken = limited({ tokensPerMinute: 100 }, () => [
    ...singly(anAnswer('word '.repeat(400))).slice(0, 3),
    new Error('broken'),
  ]);
  await drain(broken.ask(aCall()));
  expect((await drain(broken.ask(aCall()))).error).toMatchObject({ code: 'limited' });
});

test('a call’s place is free again after its end, its failure, and its reader’s leaving', async () => {
  const { limits, ask } = limited({ concurrent: 1 }, (_, nth) =>
    nth === 2 ? [new Error('broken')] : singly(anAnswer()),
  );
  await drain(ask(aCall()));
  await drain(ask(aCall()));
  for await (const _ of ask(aCall())) {
    expect(limits.open()).toBe(1);
    break;
  }
  expect(limits.open()).toBe(0);
});

test('a refused call never reaches the upstream', async () => {
  const { upstream, ask } = limited({ requestsPerMinute: 1 });
  await drain(ask(aCall()));
  expect((await drain(ask(aCall()))).error).toMatchObject({ code: 'limited' });
  expect(upstream.calls).toHaveLength(1);
});

const image = { image: { format: 'png' as const, source: { bytes: 'AAAA' } } };
const document = { document: { name: 'a', source: { text: 'x' } } };
const result = { toolResult: { toolUseId: 't', content: [image, { text: '12345' }, { json: { a: 1 } }] } };

async function bounded(bounds: RequestBounds, content: Message['content'], different: Partial<Call['request']> = {}) {
  const upstream = scripted(() => singly(anAnswer()));
  const request = { messages: [{ role: 'user' as const, content }], ...different };
  const { error } = await drain(withBounds(bounds)(upstream)(aCall({ request })));
  return { error, sent: upstream.calls[0] };
}

test('content beyond a bound is refused with the numbers, wherever it stands', async () => {
  expect((await bounded({ images: 1 }, [image, result])).error).toMatchObject({
    code: 'too_large',
    publicMessage: 'The request holds 2 images; this proxy allows 1.',
    facts: { fix: 'claude-bedrock config set limits.images 2' },
  });
  expect((await bounded({ documents: 0 }, [document])).error).toMatchObject({ code: 'too_large' });
  expect((await bounded({ promptChars: 21 }, [{ text: '1234567890' }, result])).error).toMatchObject({
    code: 'too_large',
  });
  expect((await bounded({ promptChars: 22 }, [{ text: '1234567890' }, result])).error).toBeUndefined();
  expect(
    (await bounded({ promptChars: 22 }, [{ text: '1234567890' }, result], { system: [{ text: 'x' }] })).error,
  ).toBeDefined();
});

test('a character is one that people see as one, in tool calls too', async () => {
  expect((await bounded({ promptChars: 4 }, [{ text: '😀😀😀é' }])).error).toBeUndefined();
  expect((await bounded({ promptChars: 3 }, [{ text: '😀😀😀é' }])).error).toMatchObject({
    publicMessage: 'The request holds 4 characters of text; this proxy allows 3.',
  });
  const call = { toolUse: { toolUseId: 't', name: 'write', input: { text: 'x'.repeat(100) } } };
  expect((await bounded({ promptChars: 100 }, [call])).error).toMatchObject({ code: 'too_large' });
});

test.each([
  [500, 500, []],
  [9000, 4000, ['max_tokens 9000 -> 4000']],
  [5, 16, ['max_tokens 5 -> 16']],
])('max_tokens %i is sent as %i', async (asked, sent, changes) => {
  const bounds = { maxTokens: { least: 16, most: 4000 } };
  const seen = await bounded(bounds, [{ text: 'a' }], { inferenceConfig: { maxTokens: asked } });
  expect(seen.sent?.request.inferenceConfig).toEqual({ maxTokens: sent });
  expect(seen.sent?.changes.map(({ what }) => what)).toEqual(changes);
});

test('a request that names no max_tokens is not given one here', async () => {
  const { sent } = await bounded({ maxTokens: { most: 10 } }, [{ text: 'a' }]);
  expect(sent?.request.inferenceConfig).toBeUndefined();
});
