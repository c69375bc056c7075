import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditOptions, openAudit } from '../../src/observe/audit.ts';
import { auditFiles } from '../../src/observe/audit-files.ts';
import { verifyAudit } from '../../src/observe/audit-verify.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { fakeClock } from '../proxy/call-fixture.ts';
import { tempFolder } from '../temp-folder.ts';
import { sampleRecord } from './sample-record.ts';

const record = sampleRecord({
  durationMs: 120.4,
  cost: { usd: 0.25, savedUsd: 0 },
  upstreamRequestId: 'aws-1',
  changes: [{ what: 'seed ignored', why: 'secret reasons' }],
});
const refused = (nth: number): LogEvent => ({
  type: 'refused',
  requestId: `req_${nth}`,
  code: 'unauthorized',
  status: 401,
  route: '/v1/models',
  ip: '::1',
});

function setup(different: Partial<AuditOptions> = {}) {
  const folder = different.folder ?? join(tempFolder('audit-'), 'audit');
  const clock = fakeClock();
  const audit = openAudit({ folder, clock, scrubber: createScrubber(), ...different });
  const current = join(folder, 'audit.jsonl');
  const lines = () => readFileSync(current, 'utf8').trimEnd().split('\n');
  return { folder, clock, audit, current, lines };
}

test('a call becomes one line with every field, on disk within a second, in a file that only its owner reads', async () => {
  const { clock, audit, current, lines, folder } = setup();
  audit.write({ type: 'call', record });
  await clock.advance(500);
  expect(lines().map((line) => JSON.parse(line))).toEqual([
    {
      seq: 1,
      timestamp: '2026-11-22T00:00:00.000Z',
      event_type: 'call',
      principal: 'key_a',
      client: 'cursor',
      ip_address: '127.0.0.1',
      endpoint: 'openai-chat',
      model: 'eu.anthropic.claude-sonnet-5',
      outcome: 'served',
      tokens: { input: 100, output: 20, cache_read: 5, cache_write: 6 },
      cost: 0.25,
      cache: null,
      changes: ['seed ignored'],
      details: { call_id: 'req_1', duration_ms: 120, upstream_request_id: 'aws-1' },
      prev: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  expect(statSync(current).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(lines()[0]).not.toContain('secret reasons');
});

test.each([
  [refused(1), 'authentication_failure'],
  [{ type: 'refused', requestId: 'r', code: 'forbidden', status: 403, route: '/ui', ip: '' }, 'authorization_failure'],
  [{ type: 'authenticated', principalId: 'key_a', route: '/ui', ip: '' }, 'authentication_success'],
  [
    { type: 'limit', callId: 'r', principalId: 'key_a', limit: 'requestsPerMinute', retryAfterMs: 1 },
    'rate_limit_violation',
  ],
  [{ type: 'config', setting: 'cache.mode', source: 'file' }, 'config_change'],
  [{ type: 'key', action: 'rotated', keyId: 'key_a' }, 'key_rotated'],
  [{ type: 'refresh', provider: 'sso', outcome: 'success', durationMs: 1 }, 'token_refresh'],
  [{ type: 'content-policy', callId: 'r', rule: 'web-injection', action: 'block', hits: 1 }, 'content_policy_hit'],
] as const satisfies [LogEvent, string][])('event %# is audited as %s', (event, type) => {
  const { audit, lines } = setup();
  audit.write(event);
  audit.close();
  expect(JSON.parse(lines()[0] ?? '').event_type).toBe(type);
});

test('a chain goes on over restarts and over files, and verifies', () => {
  const { folder, audit } = setup({ maxFileBytes: 2_000 });
  for (let nth = 0; nth < 10; nth++) {
    audit.write(refused(nth));
    audit.flush();
  }
  audit.close();
  const again = setup({ folder, maxFileBytes: 2_000 });
  for (let nth = 10; nth < 20; nth++) {
    again.audit.write(refused(nth));
    again.audit.flush();
  }
  const verdict = verifyAudit(folder);
  expect(verdict).toMatchObject({ ok: true, lines: 20, from: 1, to: 20 });
  expect(verdict.ok && verdict.files).toBeGreaterThan(3);
});

test('two processes that write in turn keep one chain', () => {
  const { folder, audit } = setup();
  const other = setup({ folder });
  for (let nth = 0; nth < 6; nth++) {
    const writer = nth % 2 ? audit : other.audit;
    writer.write(refused(nth));
    writer.flush();
  }
  expect(verifyAudit(folder)).toMatchObject({ ok: true, lines: 6 });
});

test('any line changed, removed, swapped or doubled is found, at its place', () => {
  const { audit, lines, folder, current } = setup();
  for (let nth = 0; nth < 12; nth++) audit.write(refused(nth));
  audit.close();
  const good = lines();
  const write = (changed: string[]) => writeFileSync(current, `${changed.join('\n')}\n`);
  fc.assert(
    fc.property(
      fc.nat(11),
      fc.constantFrom('change', 'forge', 'remove', 'swap', 'double'),
      fc.nat(60),
      (at, how, where) => {
        const bad = [...good];
        const line = bad[at] ?? '';
        if (how === 'change')
          bad[at] = `${line.slice(0, where)}${line[where] === 'x' ? 'y' : 'x'}${line.slice(where + 1)}`;
        if (how === 'forge') bad[at] = line.replace('"ip_address":"::1"', '"ip_address":"::2"');
        if (how === 'remove') bad.splice(at, 1);
        if (how === 'swap') bad.splice(at, 2, ...bad.slice(at, at + 2).reverse());
        if (how === 'double') bad.splice(at, 0, line);
        write(bad);
        const verdict = verifyAudit(folder);
        // Swapping the last line with nothing, and taking the first line away (retention does that), leave a whole chain.
        if (bad.join() === good.join() || (how === 'remove' && at === 0)) expect(verdict.ok).toBe(true);
        else expect(verdict.ok).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
  write(good);
  expect(verifyAudit(folder).ok).toBe(true);
});

test('a line written anew with a hash that fits it is called a change, not a gap', () => {
  const { audit, lines, folder, current } = setup();
  for (let nth = 0; nth < 3; nth++) audit.write(refused(nth));
  audit.close();
  const [first = '', second = '', third = ''] = lines();
  const body = second.replace('req_1', 'req_9').replace(/,"hash":"\w{64}"\}$/, '}');
  const forged = `${body.slice(0, -1)},"hash":"${createHash('sha256').update(body).digest('hex')}"}`;
  writeFileSync(current, `${[first, forged, third].join('\n')}\n`);
  expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 3, fault: 'changed' });
  writeFileSync(current, `${[first, third].join('\n')}\n`);
  expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 2, fault: 'missing' });
});

test('lines taken from the end are missed', () => {
  const { audit, lines, folder, current } = setup();
  for (let nth = 0; nth < 3; nth++) audit.write(refused(nth));
  audit.close();
  writeFileSync(current, `${lines().slice(0, 2).join('\n')}\n`);
  expect(verifyAudit(folder)).toMatchObject({ ok: false, fault: 'cut off', sentence: 'Lines are missing at the end.' });
});

test('the line behind which some are missing is told by its number in its own file', () => {
  const { audit, lines, folder, current } = setup({ maxFileBytes: 600 });
  for (let nth = 0; nth < 5; nth++) {
    audit.write(refused(nth));
    audit.flush();
  }
  audit.write(refused(5));
  audit.write(refused(6));
  audit.close();
  const left = lines().slice(0, -1);
  writeFileSync(current, `${left.join('\n')}\n`);
  expect(auditFiles(folder).length).toBeGreaterThan(1);
  expect(verifyAudit(folder)).toMatchObject({ ok: false, file: 'audit.jsonl', line: left.length, fault: 'cut off' });
});

test('lines taken from the end are missed also once another process has gone on writing', () => {
  const { audit, lines, folder, current } = setup();
  for (let nth = 0; nth < 5; nth++) audit.write(refused(nth));
  audit.close();
  writeFileSync(current, `${lines().slice(0, 2).join('\n')}\n`);
  const again = setup({ folder });
  again.audit.write(refused(6));
  again.audit.close();
  expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 3, fault: 'missing' });
});

test('the last line, whose hash no other line holds, is not changed unseen', () => {
  const { audit, lines, folder, current } = setup();
  for (let nth = 0; nth < 3; nth++) audit.write(refused(nth));
  audit.close();
  const [first, second, third = ''] = lines();
  const { hash: _, ...told } = JSON.parse(third);
  const body = JSON.stringify({ ...told, ip_address: '203.0.113.9' });
  const forged = `${body.slice(0, -1)},"hash":"${createHash('sha256').update(body).digest('hex')}"}`;
  writeFileSync(current, `${[first, second, forged].join('\n')}\n`);
  expect(verifyAudit(folder)).toMatchObject({ ok: false, line: 3, fault: 'changed' });
});

test('a line torn by a crash is cut off at the next start, and that is written down', () => {
  const { audit, folder, current } = setup();
  audit.write(refused(1));
  audit.close();
  appendFileSync(current, '{"seq":2,"timest');
  const again = setup({ folder });
  again.audit.write(refused(2));
  again.audit.close();
  expect(again.lines().map((line) => JSON.parse(line).event_type)).toEqual([
    'authentication_failure',
    'audit_repaired',
    'authentication_failure',
  ]);
  expect(verifyAudit(folder)).toMatchObject({ ok: true, lines: 3 });
});

test('old files go by age and by size, and what is left still verifies', () => {
  const { audit, folder } = setup({ maxFileBytes: 1_500, maxTotalBytes: 6_000 });
  for (let nth = 0; nth < 40; nth++) {
    audit.write(refused(nth));
    audit.flush();
  }
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(9_000);
  const verdict = verifyAudit(folder);
  expect(verdict).toMatchObject({ ok: true, to: 40 });
  expect(verdict.ok && verdict.from).toBeGreaterThan(20);
  for (const name of readdirSync(folder)) if (name.startsWith('audit-')) utimesSync(join(folder, name), 0, 0);
  audit.write(refused(41));
  audit.flush();
  expect(readdirSync(folder).filter((name) => name.startsWith('audit-'))).toEqual(['audit-000000000040.jsonl']);
});

test('while another process holds the lock nothing is lost, and a dead one’s lock is taken over', async () => {
  const errors: unknown[] = [];
  const { audit, clock, folder, lines } = setup({ onError: (error) => errors.push(error) });
  const lock = join(folder, 'audit.lock');
  mkdirSync(folder);
  writeFileSync(lock, '');
  audit.write(refused(1));
  await clock.advance(500);
  expect(errors).toMatchObject([{ code: 'EEXIST' }]);
  utimesSync(lock, 0, 0);
  audit.write(refused(2));
  await clock.advance(1_000);
  expect(lines()).toHaveLength(2);
});

test('a folder that cannot be made is told of once, and what waited for it is written when it can', async () => {
  const parent = tempFolder('audit-');
  const inTheWay = join(parent, 'state');
  writeFileSync(inTheWay, '');
  const errors: unknown[] = [];
  const { audit, clock, lines } = setup({ folder: join(inTheWay, 'audit'), onError: (error) => errors.push(error) });
  audit.write(refused(1));
  await clock.advance(1_500);
  expect(errors).toMatchObject([{ code: 'ENOTDIR' }]);
  rmSync(inTheWay);
  await clock.advance(2_000);
  expect(lines()).toHaveLength(1);
});

test('who takes the note of the end with the lines is not caught, but the missing note is told', () => {
  const { audit, folder, current, lines } = setup();
  for (let nth = 0; nth < 3; nth++) audit.write(refused(nth));
  audit.flush();
  expect(verifyAudit(folder)).toMatchObject({ ok: true, lines: 3, endNoted: true });
  writeFileSync(current, `${lines().slice(0, 2).join('\n')}\n`);
  rmSync(join(folder, 'audit.head'));
  expect(verifyAudit(folder)).toMatchObject({ ok: true, lines: 2, endNoted: false });
});

test('a secret in a field never reaches the file, and the line still verifies', () => {
  const { audit, folder, current } = setup();
  audit.write({ type: 'config', setting: 'AKIAIOSFODNN7EXAMPLE', source: 'file' });
  audit.close();
  expect(readFileSync(current, 'utf8')).toContain('[secret]');
  expect(verifyAudit(folder).ok).toBe(true);
});

test('a folder that is deleted under us is made anew, and the chain tells that its beginning is gone', async () => {
  const errors: unknown[] = [];
  const { audit, clock, folder, lines } = setup({ onError: (error) => errors.push(error) });
  audit.write(refused(1));
  await clock.advance(500);
  rmSync(folder, { recursive: true });
  audit.write(refused(2));
  await clock.advance(500);
  expect(errors).toEqual([]);
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ seq: 2 });
});
