import { describe, expect, test } from 'vitest';
import { clientGone } from '../../src/base/abort.ts';
import { ProxyError } from '../../src/base/errors.ts';
import type { CallRecord } from '../../src/observe/call-record.ts';
import { withRecord } from '../../src/proxy/with-record.ts';
import { sampleRecord } from '../observe/sample-record.ts';
import { aCall, anAnswer, drain, fakeClock, scripted, singly, usage } from './call-fixture.ts';

function setup(script: Parameters<typeof scripted>[0]) {
  const clock = fakeClock();
  const records: CallRecord[] = [];
  const layer = withRecord({
    clock,
    sinks: [
      () => {
        throw new Error('disk full');
      },
      (record) => records.push(record),
    ],
    cost: () => ({ usd: 0.5, savedUsd: 0 }),
  });
  return { clock, records, ask: layer(scripted(script)) };
}

test('a served call leaves one record with its timings, usage, cost and changes', async () => {
  const changes = [{ what: 'temperature dropped', why: 'The model takes none.' }];
  const answer = anAnswer('Hi', { served: { ...anAnswer().served, changes } });
  const { clock, records, ask } = setup(function* () {
    const [first, ...rest] = singly(answer);
    void clock.advance(40);
    if (first) yield first;
    void clock.advance(60);
    yield* rest;
  });
  await drain(ask(aCall()));
  expect(records).toEqual([
    sampleRecord({
      at: clock.now() - 100,
      firstEventMs: 40,
      durationMs: 100,
      stopReason: 'end_turn',
      usage,
      maxTokens: 1000,
      cost: { usd: 0.5, savedUsd: 0 },
      changes,
    }),
  ]);
});

test.each([
  ['cached', { status: 'hit', ttl: 200, age: 100 }],
  ['shared', { status: 'shared' }],
  ['served', { status: 'miss', stored: true }],
] as const)('an answer is told as %s by what the cache said', async (outcome, cache) => {
  const { records, ask } = setup(() => singly(anAnswer('Hi', { served: { ...anAnswer().served, cache } })));
  await drain(ask(aCall()));
  expect(records.map((record) => record.outcome)).toEqual([outcome]);
});

test.each([
  ['refused', 'limited'],
  ['refused', 'context_length'],
  ['failed', 'upstream_limited'],
  ['failed', 'upstream_truncated'],
  ['failed', 'internal'],
  ['aborted', 'client_gone'],
] as const)('a call that ends in an error is told as %s for %s', async (outcome, code) => {
  const { records, ask } = setup(() => [new ProxyError(code, 'No.', { upstreamRequestId: 'aws-1' })]);
  await drain(ask(aCall()));
  expect(records).toMatchObject([{ outcome, error: { code }, upstreamRequestId: 'aws-1' }]);
});

test('a reader that stops in the middle is an aborted call; one that stops on the end was served', async () => {
  const { records, ask } = setup(() => singly(anAnswer()));
  for await (const _ of ask(aCall())) break;
  for await (const batch of ask(aCall())) if (batch[0]?.type === 'end') break;
  expect(records.map(({ outcome }) => outcome)).toEqual(['aborted', 'served']);
});

test('a call that the server gave up is no client’s leaving', async () => {
  const stopped = new AbortController();
  stopped.abort(new ProxyError('upstream_unavailable', 'The proxy was stopped.'));
  const { records, ask } = setup(() => singly(anAnswer()));
  await drain(ask(aCall({ signal: stopped.signal })));
  expect(records).toMatchObject([{ outcome: 'failed', error: { code: 'upstream_unavailable' } }]);
});

test('a call aborted before its first byte is aborted, not failed', async () => {
  const client = new AbortController();
  client.abort(clientGone());
  const { records, ask } = setup(() => singly(anAnswer()));
  await drain(ask(aCall({ signal: client.signal })));
  expect(records.map(({ outcome }) => outcome)).toEqual(['aborted']);
});

describe('of a call that broke off, or whose end tells no usage, what it used is estimated and marked so (case 101)', () => {
  const begun = singly(anAnswer('x'.repeat(400)));
  const guess = { inputTokens: 2, outputTokens: 100, totalTokens: 102 };

  test.each([
    ['upstream_truncated', 'failed'],
    ['client_gone', 'aborted'],
  ] as const)('%s', async (code, outcome) => {
    const { records, ask } = setup(() => [...begun.slice(0, 3), new ProxyError(code, 'No.')]);
    await drain(ask(aCall()));
    expect(records).toMatchObject([{ outcome, usage: guess, cost: { usd: 0.5 } }]);
    expect(records[0]?.changes.map(({ what }) => what)).toEqual(['usage estimated']);
  });

  test('a stream without metadata', async () => {
    const { records, ask } = setup(() => singly(anAnswer('x'.repeat(400), { end: { stopReason: 'end_turn' } })));
    await drain(ask(aCall()));
    expect(records).toMatchObject([{ outcome: 'served', usage: guess, cost: { usd: 0.5 } }]);
  });

  test('what had not begun, or came from memory, is not paid for', async () => {
    const served = { ...anAnswer().served, cache: { status: 'hit', ttl: 1, age: 1 } } as const;
    for (const steps of [[], singly(anAnswer('Hi', { served })).slice(0, 2)]) {
      const { records, ask } = setup(() => [...steps, new ProxyError('upstream_truncated', 'No.')]);
      await drain(ask(aCall()));
      expect(records[0]).not.toHaveProperty('usage');
      expect(records[0]).not.toHaveProperty('cost');
    }
  });
});
