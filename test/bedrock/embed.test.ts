import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { embedUpstream } from '../../src/bedrock/embed.ts';
import type { Upstream } from '../../src/converse/call.ts';
import { collect } from '../../src/converse/collect.ts';
import { retryBudget } from '../../src/policy/retry.ts';
import { withRetry } from '../../src/proxy/with-retry.ts';
import { fakeClock } from '../proxy/call-fixture.ts';
import { connectTo, sampleCall } from './sample-call.ts';
import { type Asked, stubUpstream } from './stub-upstream.ts';

const bodies = Array.from({ length: 30 }, (_, at): JsonObject => ({ inputText: `t${at}` }));
const textOf = ({ body }: Asked) => (body as { inputText: string }).inputText;

/** A call of 30 texts against a stub that may refuse some of them, below the real retry, whose waits take no time. */
async function setup(refuse: (text: string, nth: number) => { status: number; type: string } | undefined) {
  const counts = new Map<string, number>();
  const stub = await stubUpstream((asked) => {
    const text = textOf(asked);
    const nth = (counts.get(text) ?? 0) + 1;
    counts.set(text, nth);
    const refusal = refuse(text, nth);
    if (refusal) {
      asked.response.writeHead(refusal.status, {
        'x-amzn-errortype': refusal.type,
        'content-type': 'application/json',
      });
      asked.response.end('{"message":"no"}');
      return;
    }
    asked.response.writeHead(200, { 'content-type': 'application/json' });
    asked.response.end(JSON.stringify({ embedding: [Number(text.slice(1))], inputTextTokenCount: 2 }));
  });
  const clock = { ...fakeClock(), sleep: async () => {} };
  const embed = embedUpstream(connectTo(stub.url));
  const native = { dialect: 'embeddings' as const, bodies };
  const upstream: Upstream = (call) => embed({ ...call, native });
  const ask = withRetry({ clock, random: () => 0, budget: retryBudget(clock) })(upstream);
  return { counts, answer: () => collect(ask(sampleCall())) };
}

test('of a large batch in which some calls are throttled, only those are sent again', async () => {
  const throttled = new Set(['t3', 't17']);
  const { counts, answer } = await setup((text, nth) =>
    throttled.has(text) && nth === 1 ? { status: 429, type: 'ThrottlingException' } : undefined,
  );
  const { blocks, end } = await answer();
  expect(blocks.map((block) => block.kind === 'other' && block.value['body'])).toEqual(
    bodies.map((_, at) => ({ embedding: [at], inputTextTokenCount: 2 })),
  );
  expect(end.usage?.inputTokens).toBe(60);
  expect([...counts].filter(([, count]) => count > 1)).toEqual([...throttled].map((text) => [text, 2]));
});

test('a refusal that no repetition cures ends the batch: none is begun after it, none is left behind', async () => {
  const { counts, answer } = await setup((text) =>
    text === 't2' ? { status: 400, type: 'ValidationException' } : undefined,
  );
  await expect(answer()).rejects.toMatchObject({ code: 'invalid_request' });
  expect(counts.get('t2')).toBe(1);
  const asked = counts.size;
  expect(asked).toBeLessThan(bodies.length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(counts.size).toBe(asked);
});

test('once it is answered, the same call asks for all of it anew', async () => {
  const { counts, answer } = await setup(() => undefined);
  await answer();
  await answer();
  expect(new Set(counts.values())).toEqual(new Set([2]));
});
