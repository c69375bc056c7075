import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { CallRecord } from '../../src/observe/call-record.ts';
import { openLedger } from '../../src/observe/ledger.ts';
import { findCall, lastFailure } from '../../src/observe/ledger-call.ts';
import { loadByModel, outputP99 } from '../../src/observe/load-by-model.ts';
import { spentUsd, usageBy } from '../../src/observe/usage.ts';
import { fakeClock } from '../proxy/call-fixture.ts';
import { tempFolder } from '../temp-folder.ts';
import { sampleRecord } from './sample-record.ts';

const noon = new Date(2026, 10, 22, 12).getTime();
const all = { from: 0, to: Number.MAX_SAFE_INTEGER };

const aRecord = (different: Partial<CallRecord> = {}): CallRecord =>
  sampleRecord({
    at: noon,
    firstEventMs: 12,
    stopReason: 'end_turn',
    maxTokens: 1000,
    cost: { usd: 0.25, savedUsd: 0.1 },
    changes: [{ what: 'seed ignored', why: 'Bedrock has none.' }],
    ...different,
  });

async function setup(file = ':memory:') {
  const clock = fakeClock(noon);
  const ledger = await openLedger({ file, clock });
  return { clock, ledger };
}

test('totals by day, model, key and client; what came from memory counts as a call, not as tokens', async () => {
  const { ledger } = await setup();
  ledger.add(aRecord());
  ledger.add(aRecord({ at: noon + 86_400_000, client: { name: 'aider', ip: '' } }));
  ledger.add(aRecord({ outcome: 'cached', cost: { usd: 0, savedUsd: 0.25 } }));
  ledger.add(aRecord({ modelId: 'unknown.model', principal: { id: 'key_b', name: 'ci' }, cost: undefined as never }));
  const total = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 5, cacheWriteTokens: 6 };
  const database = ledger.database();
  expect(usageBy(database, 'model', all)).toEqual([
    {
      group: 'anthropic.claude-sonnet-5',
      calls: 3,
      failed: 0,
      fromCache: 1,
      inputTokens: 200,
      outputTokens: 40,
      cacheReadTokens: 10,
      cacheWriteTokens: 12,
      usd: 0.5,
      savedUsd: 0.45,
      unpriced: 0,
    },
    { group: 'unknown.model', calls: 1, failed: 0, fromCache: 0, ...total, usd: 0, savedUsd: 0, unpriced: 1 },
  ]);
  expect(usageBy(database, 'day', all).map(({ group, calls }) => [group, calls])).toEqual([
    ['2026-11-22', 3],
    ['2026-11-23', 1],
  ]);
  expect(usageBy(database, 'key', all).map(({ group }) => group)).toEqual(['editor', 'ci']);
  expect(usageBy(database, 'client', { from: noon + 1, to: all.to }).map(({ group }) => group)).toEqual(['aider']);
  expect(spentUsd(database, all)).toBe(0.5);
  expect(spentUsd(database, all, { keyId: 'key_b' })).toBe(0);
  ledger.close();
});

test('records are on disk within a second, in a file that only its owner reads, and survive a restart', async () => {
  const file = join(tempFolder('ledger-'), 'state', 'ledger.db');
  const { clock, ledger } = await setup(file);
  ledger.add(aRecord());
  await clock.advance(500);
  const other = await openLedger({ file, clock });
  expect(findCall(other.database(), 'req_1')).toMatchObject({
    model: 'bedrock-sonnet',
    usd: 0.25,
    changes: [{ what: 'seed ignored' }],
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  other.close();
  ledger.add(aRecord({ id: 'req_2' }));
  ledger.close();
  ledger.add(aRecord({ id: 'req_late' }));
  const again = await openLedger({ file, clock });
  expect(usageBy(again.database(), 'day', all)).toMatchObject([{ calls: 2 }]);
  again.close();
});

test('the file holds no content: a record smuggled full of it leaves only its names and numbers', async () => {
  const file = join(tempFolder('ledger-'), 'ledger.db');
  const { ledger } = await setup(file);
  ledger.add({ ...aRecord({ error: { code: 'internal', detail: 'my diary' } }), ...{ prompt: 'my diary' } });
  ledger.close();
  expect(readFileSync(file, 'latin1')).not.toContain('my diary');
});

test('a file that is no ledger, and one of a newer program, are refused', async () => {
  const folder = tempFolder('ledger-');
  const { ledger } = await setup(join(folder, 'ledger.db'));
  ledger.database().exec('PRAGMA user_version = 99');
  ledger.close();
  await expect(setup(join(folder, 'ledger.db'))).rejects.toThrow('version 99');
});

test('old calls are forgotten after the days of retention', async () => {
  const clock = fakeClock(noon);
  const ledger = await openLedger({ file: ':memory:', clock, retentionDays: 2 });
  ledger.add(aRecord());
  await clock.advance(86_400_000);
  ledger.add(aRecord({ at: clock.now() }));
  expect(usageBy(ledger.database(), 'day', all)).toHaveLength(2);
  await clock.advance(1.5 * 86_400_000);
  expect(usageBy(ledger.database(), 'day', all)).toHaveLength(1);
  ledger.close();
});

test('the p99 of answers needs enough answers, and is that of the model', async () => {
  const { ledger } = await setup();
  for (let output = 1; output <= 100; output++) {
    ledger.add(
      aRecord({
        usage: {
          inputTokens: 1,
          outputTokens: output * 10,
          totalTokens: 0,
          cacheReadInputTokens: 0,
          cacheWriteInputTokens: 0,
        },
      }),
    );
  }
  const database = ledger.database();
  expect(outputP99(database, 'anthropic.claude-sonnet-5', all)).toBe(990);
  expect(outputP99(database, 'other', all)).toBeUndefined();
  ledger.close();
});

test('load by the minute: steady over the minutes in use, peak, and what was throttled', async () => {
  const { ledger } = await setup();
  for (const minute of [0, 0, 0, 5]) ledger.add(aRecord({ at: noon + minute * 60_000 }));
  const { usage: _, ...refused } = aRecord({ outcome: 'failed', error: { code: 'upstream_limited' } });
  ledger.add(refused);
  ledger.add(aRecord({ outcome: 'cached' }));
  expect(loadByModel(ledger.database(), all)).toEqual([
    {
      modelId: 'anthropic.claude-sonnet-5',
      steadyRequests: 2.5,
      steadyTokens: 252,
      peakRequests: 4,
      peakTokens: 378,
      meanInputTokens: 88.8,
      meanOutputTokens: 16,
      throttled: 1,
    },
  ]);
  expect(lastFailure(ledger.database(), all.from)).toMatchObject({ code: 'upstream_limited' });
  expect(lastFailure(ledger.database(), all.to)).toBeUndefined();
  ledger.close();
});

test('a record that the table will not take is told of, and those beside it reach the disk', async () => {
  const clock = fakeClock(noon);
  const errors: unknown[] = [];
  const ledger = await openLedger({ file: ':memory:', clock, onError: (error) => errors.push(error) });
  const usage = { ...aRecord().usage, inputTokens: 1e300 } as NonNullable<CallRecord['usage']>;
  ledger.add(aRecord({ id: 'before' }));
  ledger.add(aRecord({ id: 'spoilt', usage }));
  ledger.add(aRecord({ id: 'nameless', format: null as never }));
  ledger.add(aRecord({ id: 'unbindable', model: {} as never }));
  ledger.add(aRecord({ id: 'behind' }));
  const database = ledger.database();
  expect(errors).toHaveLength(3);
  expect(findCall(database, 'before')).toBeDefined();
  expect(findCall(database, 'behind')).toBeDefined();
  expect(usageBy(database, 'day', all)).toMatchObject([{ calls: 2 }]);
  ledger.close();
});

test('a day of traffic with a disk that refuses: the queue is bounded, and what was kept is written when it works again', async () => {
  const clock = fakeClock(noon);
  const errors: unknown[] = [];
  const ledger = await openLedger({ file: ':memory:', clock, onError: (error) => errors.push(error) });
  const database = ledger.database();
  database.exec(`CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT raise(ABORT, 'disk full'); END`);
  for (let nth = 0; nth < 12_000; nth++) ledger.add(aRecord({ id: `req_${nth}` }));
  await clock.advance(500);
  expect(errors).toHaveLength(1);
  database.exec('DROP TRIGGER full');
  expect(usageBy(ledger.database(), 'day', all)).toMatchObject([{ calls: 10_000 }]);
  expect(findCall(database, 'req_11999')).toBeDefined();
  ledger.close();
});

test('a ledger that is deleted, replaced or overwritten under us begins anew, and no later call is lost', async () => {
  const file = join(tempFolder('ledger-'), 'state', 'ledger.db');
  const clock = fakeClock(noon);
  const errors: unknown[] = [];
  const ledger = await openLedger({ file, clock, onError: (error) => errors.push(error) });
  const book = async (id: string) => {
    ledger.add(aRecord({ id }));
    await clock.advance(500);
  };
  await book('first');
  rmSync(dirname(file), { recursive: true });
  await book('after deletion');
  expect(findCall(ledger.database(), 'after deletion')).toBeDefined();
  expect(errors).toEqual([]);
  writeFileSync(file, 'no database '.repeat(1000));
  rmSync(`${file}-wal`);
  await book('told');
  await book('after damage');
  ledger.close();
  const again = await openLedger({ file, clock });
  expect(findCall(again.database(), 'after damage')).toBeDefined();
  expect(findCall(again.database(), 'told')).toBeDefined();
  again.close();
});

test('a damaged file is put aside and told of; one of a newer program is left alone', async () => {
  const folder = tempFolder('ledger-');
  const file = join(folder, 'ledger.db');
  writeFileSync(file, 'no database '.repeat(1000));
  const errors: unknown[] = [];
  const ledger = await openLedger({ file, clock: fakeClock(noon), onError: (error) => errors.push(error) });
  ledger.add(aRecord());
  ledger.database().exec('PRAGMA user_version = 99');
  ledger.close();
  expect(errors).toMatchObject([{ message: 'file is not a database' }]);
  expect(readFileSync(`${file}.damaged-${noon}`, 'utf8')).toContain('no database');
  await expect(openLedger({ file, clock: fakeClock(noon) })).rejects.toThrow('version 99');
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1);
});

test('a ledger that is damaged while it is open is put aside, and the calls go on in a new one', async () => {
  const folder = tempFolder('ledger-');
  const file = join(folder, 'ledger.db');
  const clock = fakeClock(noon);
  const errors: unknown[] = [];
  const ledger = await openLedger({ file, clock, onError: (error) => errors.push(error) });
  ledger.add(aRecord({ id: 'before' }));
  await clock.advance(500);
  // Another connection's change makes ours read the file anew.
  const other = new DatabaseSync(file);
  other.exec('CREATE TABLE passing (x); DROP TABLE passing; PRAGMA wal_checkpoint(TRUNCATE)');
  other.close();
  writeFileSync(file, 'no database '.repeat(statSync(file).size / 12), { flag: 'r+' });
  ledger.add(aRecord({ id: 'after' }));
  await clock.advance(500);
  await clock.advance(1_000);
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1);
  expect(findCall(ledger.database(), 'after')).toBeDefined();
  expect(errors).toHaveLength(1);
  ledger.close();
});

test('a lock of somebody else’s keeps no answer waiting, and what is queued is written when it is gone', async () => {
  const file = join(tempFolder('ledger-'), 'ledger.db');
  const clock = fakeClock(noon);
  const errors: unknown[] = [];
  const ledger = await openLedger({ file, clock, onError: (error) => errors.push(error) });
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  ledger.add(aRecord({ id: 'waits' }));
  const startedAt = performance.now();
  await clock.advance(500);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(errors).toMatchObject([{ message: 'database is locked' }]);
  expect(readdirSync(dirname(file)).filter((name) => name.includes('damaged'))).toEqual([]);
  other.exec('ROLLBACK');
  other.close();
  ledger.add(aRecord({ id: 'next' }));
  await clock.advance(500);
  expect(findCall(ledger.database(), 'waits')).toBeDefined();
  ledger.close();
});
