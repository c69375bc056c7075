import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locksIn } from '../../src/auth/lock.ts';
import { systemClock } from '../../src/base/clock.ts';
import { deadlineMs, patienceMs } from '../deadline.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const child = (mode: string) =>
  spawn(process.execPath, ['test/auth/children/lock-holder.ts', mode, dir], { stdio: ['ignore', 'pipe', 'inherit'] });

test('8 processes add to one number 50 times each, and none is lost', async () => {
  writeFileSync(join(dir, 'counter'), '0');
  await Promise.all(Array.from({ length: 8 }, async () => once(child('count'), 'exit')));
  expect(readFileSync(join(dir, 'counter'), 'utf8')).toBe('400');
});

test('a holder that is killed gives the lock back at once', async () => {
  const holder = child('hold');
  await once(holder.stdout, 'data');
  const take = locksIn(dir, systemClock);
  await expect(take('t', 100)).rejects.toMatchObject({ code: 'upstream_unavailable', facts: { retryAfterMs: 2_000 } });
  const waiting = take('t', patienceMs);
  const killedAt = performance.now();
  holder.kill('SIGKILL');
  (await waiting)();
  expect(performance.now() - killedAt).toBeLessThan(deadlineMs);
});

test('within one process the second waits for the first, and other names do not wait', async () => {
  const take = locksIn(dir, systemClock);
  const release = await take('a');
  await expect(take('a', 50)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  (await take('b', 50))();
  release();
  release();
  (await take('a', 50))();
});

test('the lock’s file is its owner’s alone, and a second try in this process gives no lock away to another', async () => {
  const take = locksIn(dir, systemClock);
  const release = await take('t');
  expect(statSync(join(dir, 't.lock')).mode & 0o777).toBe(0o600);
  await expect(take('t', 20)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  const other = child('hold');
  const got = once(other.stdout, 'data').then(() => 'held');
  try {
    expect(await Promise.race([got, systemClock.sleep(1_000).then(() => 'waiting')])).toBe('waiting');
    release();
    expect(await got).toBe('held');
  } finally {
    other.kill('SIGKILL');
  }
});
