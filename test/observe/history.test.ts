import { expect, test } from 'vitest';
import type { CallRecord } from '../../src/observe/call-record.ts';
import { historyOf } from '../../src/observe/history.ts';
import { openLedger } from '../../src/observe/ledger.ts';
import { fakeClock } from '../proxy/call-fixture.ts';
import { sampleRecord } from './sample-record.ts';

const day = 86_400_000;
const now = new Date(2026, 10, 22, 15).getTime();

const record = (at: number, different: Partial<CallRecord> = {}): CallRecord =>
  sampleRecord({
    id: `req_${at}`,
    at,
    modelId: 'a',
    usage: {
      inputTokens: 100,
      outputTokens: 10,
      totalTokens: 510,
      cacheReadInputTokens: 300,
      cacheWriteInputTokens: 100,
    },
    cost: { usd: 1, savedUsd: 0.5 },
    ...different,
  });

test('days, models and savings of thirty days, each cache on its own', async () => {
  const book = await openLedger({ file: ':memory:', clock: fakeClock(now) });
  book.add(record(now - 1000));
  book.add(record(now - 2000, { outcome: 'cached', cost: { usd: 0, savedUsd: 2 } }));
  book.add(record(now - day, { modelId: 'b', cost: { usd: 4, savedUsd: -0.25 } }));
  book.add(record(now - 29 * day, { modelId: 'b' }));
  book.add(record(now - 31 * day));
  const history = historyOf(book.database(), now);
  expect([history.from, history.until]).toEqual(['2026-10-24', '2026-11-22']);
  expect(history.today).toMatchObject({ calls: 2, fromCache: 1, usd: 1 });
  expect(history.days).toEqual([
    { day: '2026-10-24', modelId: 'b', usd: 1 },
    { day: '2026-11-21', modelId: 'b', usd: 4 },
    { day: '2026-11-22', modelId: 'a', usd: 1 },
  ]);
  expect(history.models.map(({ group, usd }) => [group, usd])).toEqual([
    ['b', 5],
    ['a', 1],
  ]);
  expect(history.savings).toEqual({
    responseCacheCalls: 1,
    responseCacheUsd: 2,
    promptCacheUsd: 0.75,
    promptTokens: 1500,
    promptTokensRead: 900,
  });
  book.close();
});

test('an empty ledger has a history of nothing', async () => {
  const book = await openLedger({ file: ':memory:', clock: fakeClock(now) });
  expect(historyOf(book.database(), now)).toMatchObject({
    today: undefined,
    days: [],
    models: [],
    savings: { responseCacheCalls: 0, promptTokens: 0 },
  });
  book.close();
});
