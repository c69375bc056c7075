import { expect, test } from 'vitest';
import { clientGone } from '../../src/base/abort.ts';
import { type ErrorCode, ProxyError } from '../../src/base/errors.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Event } from '../../src/converse/events.ts';
import { createFailover } from '../../src/policy/failover.ts';
import { withFailover } from '../../src/proxy/with-failover.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, singly, usage } from './call-fixture.ts';

const [home, away, far] = ['eu-central-1', 'eu-west-1', 'us-east-1'];
const failure = (code: ErrorCode, retryAfterMs?: number) => new ProxyError(code, code, { retryAfterMs });

function setup(sick: Partial<Record<string, (readonly Event[] | Error)[]>>) {
  const clock = fakeClock();
  const asked: string[] = [];
  const notices: string[] = [];
  const failover = createFailover([home, away, far], clock);
  const regions = [home, away, far].map((region) => ({
    region,
    upstream: scripted((call) => {
      asked.push(`${region} ${call.target.modelId}`);
      return (
        sick[region] ??
        singly(anAnswer('Hi', { served: { model: call.target.modelId, region, changes: [...call.changes] } }))
      );
    }),
    target: () => ({ ...aCall().target, region, modelId: `model in ${region}` }),
  }));
  const ask = withFailover(regions, { failover, onFailover: ({ from, to }) => notices.push(`${from} -> ${to}`) });
  return { clock, asked, notices, failover, ask, sick };
}

test('case 81: while the first Region is well, no other is asked', async () => {
  const { ask, asked } = setup({});
  for (let nth = 0; nth < 5; nth++) await drain(ask(aCall()));
  expect(new Set(asked)).toEqual(new Set([`${home} eu.anthropic.claude-sonnet-5`]));
});

test.each(['upstream_limited', 'upstream_unavailable', 'timeout'] as const)(
  '%s moves the call to the next Region, with its model there, and says so',
  async (code) => {
    const { ask, asked, notices } = setup({ [home]: [failure(code)] });
    const answer = await collect(ask(aCall()));
    expect(asked).toEqual([`${home} eu.anthropic.claude-sonnet-5`, `${away} model in ${away}`]);
    expect(answer.served.changes.map(({ what }) => what)).toEqual([`region ${home} -> ${away}`]);
    expect(notices).toEqual([`${home} -> ${away}`]);
  },
);

test.each(['invalid_request', 'forbidden', 'sign_in_needed', 'context_length', 'upstream_rejected'] as const)(
  '%s would be the same everywhere: it is not moved',
  async (code) => {
    const { ask, asked } = setup({ [home]: [failure(code)] });
    expect((await drain(ask(aCall()))).error).toMatchObject({ code });
    expect(asked).toHaveLength(1);
  },
);

test('a sick Region is left alone, then probed by one call at a time, and takes its traffic back when it answers', async () => {
  const { ask, asked, clock, failover, sick } = setup({ [home]: [failure('upstream_limited')] });
  await drain(ask(aCall()));
  await drain(ask(aCall()));
  expect(asked.map((line) => line.split(' ')[0])).toEqual([home, away, away]);
  await clock.advance(30_000);
  expect([failover.order()[0], failover.order()[0]]).toEqual([home, away]);
  await clock.advance(120_000);
  asked.length = 0;
  delete sick[home];
  await drain(ask(aCall()));
  await drain(ask(aCall()));
  expect(asked.map((line) => line.split(' ')[0])).toEqual([home, home]);
  expect(failover.state().map(({ health }) => health)).toEqual(['well', 'well', 'well']);
});

test.each([
  ['a request that every Region would refuse', false],
  ['a client that left', true],
])('a probe that proves nothing is made again by the next call: %s', async (_, leaves) => {
  const { ask, asked, clock, failover, sick } = setup({ [home]: [failure('upstream_limited')] });
  await drain(ask(aCall()));
  await clock.advance(30_000);
  sick[home] = [failure(leaves ? 'upstream_unavailable' : 'invalid_request')];
  await drain(ask(aCall(leaves ? { signal: AbortSignal.abort(clientGone()) } : {})));
  expect(failover.state()[0]?.health).toBe('sick');
  delete sick[home];
  asked.length = 0;
  await drain(ask(aCall()));
  expect(asked.map((line) => line.split(' ')[0])).toEqual([home]);
  expect(failover.state()[0]?.health).toBe('well');
});

test('each failed probe doubles the rest, up to ten minutes; Retry-After is the least', async () => {
  const { failover, clock } = setup({});
  const rests: number[] = [];
  for (let nth = 0; nth < 7; nth++) {
    failover.failed(home, failure('upstream_limited'));
    rests.push((failover.state()[0]?.restMs ?? 0) / 1000);
  }
  expect(rests).toEqual([30, 60, 120, 240, 480, 600, 600]);
  failover.failed(home, failure('upstream_limited', 3_600_000));
  await clock.advance(3_599_999);
  expect(failover.order()[0]).toBe(away);
});

test('when every Region fails, the person reads what the preferred one said', async () => {
  const { ask, asked } = setup({
    [home]: [failure('upstream_limited')],
    [away]: [failure('timeout')],
    [far]: [failure('upstream_unavailable')],
  });
  expect((await drain(ask(aCall()))).error).toMatchObject({ code: 'upstream_limited' });
  expect(asked).toHaveLength(3);
});

test('once something came, the call stays where it is; the next one goes elsewhere', async () => {
  const { ask, asked } = setup({ [home]: [...singly(anAnswer()).slice(0, 3), failure('upstream_unavailable')] });
  expect((await drain(ask(aCall()))).error).toMatchObject({ code: 'upstream_unavailable' });
  await drain(ask(aCall()));
  expect(asked.map((line) => line.split(' ')[0])).toEqual([home, away]);
});

test('an answer that breaks off in the second Region is told as it was, with what it used', async () => {
  const end = { usage: { ...usage, inputTokens: 7 } };
  const broken = new ProxyError('upstream_truncated', 'It broke off.', { spent: { served: anAnswer().served, end } });
  const { ask } = setup({
    [home]: [failure('upstream_limited', 5_000)],
    [away]: [...singly(anAnswer()).slice(0, 3), broken],
  });
  expect((await drain(ask(aCall()))).error).toBe(broken);
});

test('a client that left makes no Region sick', async () => {
  const { ask, failover } = setup({});
  const client = new AbortController();
  client.abort(clientGone());
  await drain(ask(aCall({ signal: client.signal })));
  expect(failover.state()[0]?.health).toBe('well');
});
