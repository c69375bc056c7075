import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { findCall } from '../../src/observe/ledger-call.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { createRecorder, ledgerFile } from '../../src/observe/recorder.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { tempFolder } from '../temp-folder.ts';
import { sampleRecord } from './sample-record.ts';

function recorderIn(folder: string) {
  const lines: LogEvent[] = [];
  const recorder = createRecorder({
    log: { write: (event) => lines.push(event), flush: async () => {}, setLevel: () => {} },
    metrics: { count: () => {}, close: () => {} },
    scrubber: createScrubber(),
    clock: systemClock,
    folder,
    audit: { enabled: false, retentionDays: 1, maxTotalBytes: 1 },
    ledger: { enabled: true, retentionDays: 1 },
  });
  const failures = () => lines.filter((line) => line.type === 'failure');
  return { recorder, failures, book: (id: string) => recorder.write({ type: 'call', record: sampleRecord({ id }) }) };
}

test('calls that are over while the ledger is locked are booked when it can be opened', async () => {
  const folder = tempFolder('recorder-');
  const other = new DatabaseSync(ledgerFile(folder));
  other.exec('CREATE TABLE held (x); BEGIN EXCLUSIVE');
  const { recorder, failures, book } = recorderIn(folder);
  book('one');
  await expect.poll(failures).toMatchObject([{ where: 'ledger' }]);
  other.exec('ROLLBACK');
  other.close();
  book('two');
  const { database } = await recorder.ledger();
  expect(findCall(database(), 'one')).toBeDefined();
  expect(findCall(database(), 'two')).toBeDefined();
  await recorder.close();
});

test('where the file cannot be a ledger, one in memory counts on, and it is told once', async () => {
  const folder = tempFolder('recorder-');
  mkdirSync(join(folder, 'ledger.db'));
  const { recorder, failures, book } = recorderIn(folder);
  book('one');
  const { database } = await recorder.ledger();
  book('two');
  await expect.poll(() => findCall(database(), 'two')).toBeDefined();
  expect(findCall(database(), 'one')).toBeDefined();
  expect(failures()).toHaveLength(1);
  await recorder.close();
});
