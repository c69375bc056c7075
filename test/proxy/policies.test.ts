import { expect, test } from 'vitest';
import { ProxyError } from '../../src/base/errors.ts';
import type { Call } from '../../src/converse/call.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Price } from '../../src/converse/model.ts';
import { withSpent } from '../../src/converse/usage.ts';
import type { CallRecord } from '../../src/observe/call-record.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { stack } from '../../src/proxy/layer.ts';
import { createPolicies, type PolicySettings } from '../../src/proxy/policies.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, singly, usage as tokens } from './call-fixture.ts';

const mail = 'ana@firma-nord.de';

const everything: PolicySettings = {
  cache: { mode: 'all', ttlMs: 300_000, maxBytes: 2 ** 20 },
  bounds: { promptChars: 10_000 },
  perKey: { requestsPerMinute: 100, tokensPerMinute: 10_000 },
  all: { concurrent: 50 },
  budgets: [{ period: 'day', limitUsd: 100, action: 'refuse' }],
  masking: { secrets: 'report', personal: 'mask', webInjection: 'off', kinds: [], patterns: [] },
};

function setup(
  different: Partial<PolicySettings> = {},
  script: Parameters<typeof scripted>[0] = () => singly(anAnswer()),
  priceOf: (model: string) => Price | undefined = () => undefined,
) {
  const clock = fakeClock();
  const events: LogEvent[] = [];
  const policies = createPolicies(
    { ...everything, ...different },
    {
      clock,
      random: () => 0,
      tell: (event) => events.push(event),
      sinks: [],
      account: () => '1',
      identify: async () => {},
      priceOf,
    },
  );
  const upstream = scripted(script);
  const ask = stack(upstream, policies.layers);
  const records = (): CallRecord[] => events.flatMap((event) => (event.type === 'call' ? [event.record] : []));
  return { clock, policies, upstream, ask, events, records };
}

const asking = (text: string, different: Partial<Call> = {}) =>
  aCall({
    request: { messages: [{ role: 'user', content: [{ text }] }], inferenceConfig: { maxTokens: 1000 } },
    ...different,
  });

test('with everything on, a call is answered, a repeated one from memory, and each leaves one record', async () => {
  const { ask, upstream, records } = setup();
  expect((await collect(ask(aCall()))).blocks).toEqual(anAnswer().blocks);
  expect((await collect(ask(aCall()))).blocks).toEqual(anAnswer().blocks);
  expect(upstream.calls).toHaveLength(1);
  expect(records().map(({ outcome, cost }) => [outcome, cost])).toEqual([
    ['served', { usd: 0.0006, savedUsd: 0 }],
    ['cached', { usd: 0, savedUsd: 0.0006 }],
  ]);
});

test('cache below masking: what is in memory holds no mail address, and a hit still shows it', async () => {
  const { ask, policies, upstream } = setup({}, ({ request }) => {
    const said = JSON.stringify(request).match(/MASKED_EMAIL_\w{8}/)?.[0] ?? 'nothing';
    return singly(anAnswer(`You are ${said}`));
  });
  await drain(ask(asking(`I am ${mail}`)));
  const hit = await collect(ask(asking(`I am ${mail}`)));
  expect(hit.blocks).toEqual([{ kind: 'text', text: `You are ${mail}` }]);
  expect(hit.served.cache?.status).toBe('hit');
  expect(upstream.calls).toHaveLength(1);
  expect(policies.cache.stats().entries).toBe(1);
});

test('limits above the cache: a hit counts as a request, not as tokens', async () => {
  const { ask } = setup({ perKey: { requestsPerMinute: 3, tokensPerMinute: 200 } });
  const limits = [];
  for (let nth = 0; nth < 3; nth++) limits.push((await collect(ask(aCall()))).served.limits);
  expect(limits.map((each) => [each?.requests?.remaining, each?.tokens?.remaining])).toEqual([
    [2, 200],
    [1, 80],
    [0, 80],
  ]);
  expect((await drain(ask(aCall()))).error).toMatchObject({ code: 'limited' });
});

test('budgets below the cache: once it is spent, what is in memory is still served', async () => {
  const { ask, events } = setup({ budgets: [{ period: 'day', limitUsd: 0.0005, action: 'refuse' }] });
  await drain(ask(asking('one')));
  expect((await drain(ask(asking('two')))).error).toMatchObject({ code: 'limited', facts: { exhausted: true } });
  expect((await drain(ask(asking('one')))).error).toBeUndefined();
  expect(events.flatMap((event) => (event.type === 'budget' ? [event.percent] : []))).toEqual([100]);
});

test('records outermost: what a limit, a bound or a budget refuses is recorded too', async () => {
  const { ask, records, events } = setup({ perKey: { requestsPerMinute: 1 }, bounds: { promptChars: 10 } });
  await drain(ask(asking('much too long a prompt')));
  await drain(ask(asking('short')));
  expect(records().map(({ outcome, error }) => [outcome, error?.code])).toEqual([
    ['refused', 'too_large'],
    ['refused', 'limited'],
  ]);
  expect(events).toContainEqual({
    type: 'limit',
    callId: 'req_1',
    principalId: 'key_a',
    limit: 'requestsPerMinute of this key',
    retryAfterMs: 60_000,
  });
});

test('retry innermost: a call that failed once is answered, cached once, recorded once', async () => {
  const { ask, records, events, policies } = setup({}, (_, nth) =>
    nth === 1 ? [new ProxyError('upstream_unavailable', 'No.', { retry: 'backoff' })] : singly(anAnswer()),
  );
  await drain(ask(aCall()));
  expect(events.map(({ type }) => type)).toEqual(['retry', 'call']);
  expect([records()[0]?.outcome, policies.cache.stats().stores]).toEqual(['served', 1]);
});

test('forgetting empties the cache and the store of thinking', async () => {
  const { ask, policies, upstream } = setup();
  await drain(ask(aCall()));
  policies.forget();
  await drain(ask(aCall()));
  expect(upstream.calls).toHaveLength(2);
  expect(policies.reasoning.stats().turns).toBe(0);
});

test('with everything off, only retry, the watch of the prompt cache, the store of thinking, the schema and the record are in the way', () => {
  const off: PolicySettings = {
    cache: { mode: 'off', ttlMs: 1, maxBytes: 65_536 },
    bounds: {},
    perKey: {},
    all: {},
    budgets: [],
    masking: { secrets: 'off', personal: 'off', webInjection: 'off', kinds: [], patterns: [] },
  };
  expect(setup(off).policies.layers).toHaveLength(5);
  expect(setup().policies.layers).toHaveLength(11);
});

test('a day of traffic, every call different, with everything on: memory stays within its bounds', async () => {
  const { ask, policies, clock } = setup({
    perKey: {},
    all: { concurrent: 10 },
    cache: { mode: 'all', ttlMs: 300_000, maxBytes: 200_000 },
  });
  for (let minute = 0; minute < 24 * 60; minute += 2) {
    await drain(ask(asking(`question ${minute} of ${mail}`)));
    expect(policies.cache.stats().bytes).toBeLessThanOrEqual(200_000);
    await clock.advance(120_000);
  }
  expect(policies.cache.stats().entries).toBeLessThanOrEqual(3);
  expect(policies.limits.open()).toBe(0);
});

test('an answer of another Region or profile is counted at the price of what answered; without one it is unpriced', async () => {
  const script = () =>
    singly(anAnswer('Hi', { served: { model: 'us.anthropic.claude-sonnet-5', region: 'us-east-1', changes: [] } }));
  const known = setup({}, script, (model) => (model.startsWith('us.') ? { input: 30, output: 150 } : undefined));
  await drain(known.ask(aCall()));
  expect(known.records()).toMatchObject([{ target: 'us.anthropic.claude-sonnet-5', cost: { usd: 0.006 } }]);
  const unknown = setup({}, script, () => undefined);
  await drain(unknown.ask(aCall()));
  expect(unknown.records()[0]).not.toHaveProperty('cost');
});

const misfit: Partial<Call> = {
  options: { responseFormat: { type: 'json_object' } },
  cache: { read: false, write: false },
};

test.each([
  { stream: true, answers: 1 },
  { stream: false, answers: 2 },
])('an answer that fails its schema is booked all the same, streamed: $stream', async ({ stream, answers }) => {
  const { ask, records, policies } = setup({}, () => singly(anAnswer('no JSON')));
  const { error } = await drain(ask(aCall({ ...misfit, stream })));
  expect(error).toMatchObject({ code: 'upstream_rejected' });
  // 100 tokens in at $3 and 20 out at $15 a million, each time.
  const usd = (answers * (100 * 3 + 20 * 15)) / 1e6;
  expect(records()).toMatchObject([{ outcome: 'failed', usage: { inputTokens: 100 * answers }, cost: { usd } }]);
  expect(policies.budgets.state()[0]?.spentUsd).toBeCloseTo(usd, 10);
  const tokens = policies.limits.state().find(({ name }) => name === 'tokensPerMinute');
  expect(tokens?.left).toBeCloseTo(10_000 - 120 * answers, 5);
});

test('a first answer that fails its schema is booked when the second cannot be had at all', async () => {
  const { ask, records } = setup({}, (_, nth) =>
    nth === 1 ? singly(anAnswer('no JSON')) : [new ProxyError('upstream_limited', 'Slow down.')],
  );
  const { error } = await drain(ask(aCall({ ...misfit, stream: false })));
  expect(error).toMatchObject({ code: 'upstream_limited' });
  expect(records()).toMatchObject([{ outcome: 'failed', usage: { inputTokens: 100 }, cost: { usd: 0.0006 } }]);
});

/** As `converse/normalize` tells of an answer that the service calls malformed. */
const malformed = () =>
  withSpent(new ProxyError('upstream_rejected', 'The model wrote an answer that cannot be read.', { retry: 'once' }), {
    served: anAnswer().served,
    end: { usage: tokens },
  });

test('a malformed answer is booked: with the answer that came after it, or with the failure', async () => {
  const { ask, records } = setup({}, (_, nth) => (nth === 1 ? [malformed()] : singly(anAnswer())));
  const whole = await collect(ask(asking('one')));
  expect(whole.end.usage?.inputTokens).toBe(200);
  expect(records()).toMatchObject([{ outcome: 'served', usage: { inputTokens: 200 }, cost: { usd: 0.0012 } }]);

  const never = setup({}, () => [malformed()]);
  await drain(never.ask(asking('two')));
  expect(never.upstream.calls).toHaveLength(2);
  expect(never.records()).toMatchObject([{ outcome: 'failed', usage: { inputTokens: 200 }, cost: { usd: 0.0012 } }]);

  const broken = setup({}, (_, nth) =>
    nth === 1 ? [malformed()] : [...singly(anAnswer()).slice(0, 3), new ProxyError('upstream_truncated', 'Cut off.')],
  );
  await drain(broken.ask(asking('three')));
  expect(broken.records()).toMatchObject([{ outcome: 'failed', usage: { inputTokens: 100 }, cost: { usd: 0.0006 } }]);
});

test('a malformed answer that two clients shared is booked once', async () => {
  const { ask, records } = setup({}, () => [malformed()]);
  await Promise.all([drain(ask(asking('same'))), drain(ask(asking('same', { id: 'req_2' })))]);
  const booked = records().filter(({ usage }) => usage !== undefined);
  expect(records()).toHaveLength(2);
  expect(booked).toHaveLength(1);
});
