import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLog } from '../../src/observe/log.ts';
import { lineOf } from '../../src/observe/log-event.ts';
import { createScrubber } from '../../src/observe/scrub.ts';
import { patienceMs } from '../deadline.ts';
import { tempFolder } from '../temp-folder.ts';
import { sampleRecord } from './sample-record.ts';

const record = sampleRecord({
  durationMs: 12.345,
  changes: [
    { what: 'temperature dropped', why: 'secret reasons' },
    { what: 'top_p dropped', why: '' },
  ],
});

async function logged(
  level: 'debug' | 'warn',
  write: (log: ReturnType<typeof createLog>) => void,
  live: string[] = [],
) {
  const file = join(tempFolder('log-'), 'sub', 'proxy.log');
  const scrubber = createScrubber();
  for (const secret of live) scrubber.know(secret);
  const log = createLog({ level, destination: { file }, scrubber });
  write(log);
  await log.flush();
  return { text: readFileSync(file, 'utf8'), file };
}

test('events become JSON lines in order, those before pino was there included, in a file that only its owner reads', async () => {
  const { text, file } = await logged('debug', (log) => {
    log.write({ type: 'listening', url: 'http://127.0.0.1:4141', upstream: 'demo' });
    log.write({ type: 'call', record });
  });
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: 'info', msg: 'listening', url: 'http://127.0.0.1:4141' },
    { level: 'info', msg: 'call', id: 'req_1', durationMs: 12.3, changes: 'temperature dropped; top_p dropped' },
  ]);
  expect(text).not.toContain('secret reasons');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a level hides what is below it', async () => {
  const { text } = await logged('warn', (log) => {
    log.write({ type: 'call', record });
    log.write({ type: 'call', record: { ...record, outcome: 'failed', error: { code: 'internal' } } });
  });
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).outcome),
  ).toEqual(['failed']);
});

test('canaries in the only field that carries foreign text never reach the file', async () => {
  const live = 'live"token\\with odd characters/+=';
  const planted = [
    'AKIAIOSFODNN7EXAMPLE',
    `ABSK${'QmVkcm9ja0FQSUtleS1leGFtcGxl'.repeat(2)}`,
    `bedrock-api-key-${'YmVkcm9jay5hbWF6b25hd3MuY29t'}`,
    `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiIxMjM0NSJ9'}.${'c2lnbmF0dXJlc2lnbmF0dXJl'}`,
    `ghp_${'a1B2'.repeat(9)}`,
    `sk-ant-${'api03-x_y'.repeat(4)}`,
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt\n-----END OPENSSH PRIVATE KEY-----',
    'postgres://user:hunter2hunter2@db.internal/x',
    'Authorization: Bearer abcdefgh12345678',
    live,
    encodeURIComponent(live),
    ...['', 'u:', 'me:', 'you:'].map((name) => Buffer.from(`${name}${live}, more`).toString('base64')),
    Buffer.from(`{"authorization":"${live}"}`).toString('base64url'),
  ];
  const { text } = await logged(
    'debug',
    (log) => {
      for (const detail of planted) log.write({ type: 'failure', where: 'test', code: 'internal', detail });
    },
    [live],
  );
  const lines = text.trim().split('\n');
  expect(lines).toHaveLength(planted.length);
  for (const line of lines) expect(line).toContain('[secret]');
  for (const needle of [
    'AKIA',
    'ABSKQm',
    'eyJhbG',
    'ghp_',
    'sk-ant',
    'b3BlbnNz',
    'hunter2',
    'abcdefgh1',
    'odd characters',
    'odd%20characters',
    ...[0, 1, 2].map((at) =>
      Buffer.from(live.slice(5 + at))
        .toString('base64')
        .slice(0, 12),
    ),
  ]) {
    expect(text).not.toContain(needle);
  }
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
});

test('a forgotten secret is forgotten only when its last owner forgets it', () => {
  const scrubber = createScrubber();
  const first = scrubber.know('correct horse battery');
  const second = scrubber.know('correct horse battery');
  first();
  first();
  expect(scrubber.scrub('a correct horse battery b')).toBe('a [secret] b');
  second();
  expect(scrubber.scrub('a correct horse battery b')).toBe('a correct horse battery b');
});

test('ordinary lines pass the scrubber unchanged', () => {
  const scrubber = createScrubber();
  const line = JSON.stringify(lineOf({ type: 'call', record }).fields);
  expect(scrubber.scrub(line)).toBe(line);
});

test('no event lets a foreign object into a line: every field is flat', () => {
  const smuggled = { ...record, prompt: 'my diary', principal: { ...record.principal, token: 'x' } };
  const { fields } = lineOf({ type: 'call', record: smuggled });
  for (const value of Object.values(fields)) expect(typeof value).not.toBe('object');
  expect(JSON.stringify(fields)).not.toContain('my diary');
});

test('a log file that cannot be opened costs no line and no crash', async () => {
  const log = createLog({ level: 'error', destination: { file: '/dev/null/x/proxy.log' }, scrubber: createScrubber() });
  log.write({ type: 'failure', where: 'test of a log that falls back to stderr', code: 'internal' });
  await expect(log.flush()).resolves.toBeUndefined();
  // Lines leave together, ten times a second: a stream without its file would throw then, where nobody listens.
  await new Promise((resolve) => setTimeout(resolve, 300));
});

test('a reader that hangs behind the pipe, or a full disk, keeps the process neither from answering nor from ending', async () => {
  const child = join(import.meta.dirname, 'children', 'log-into-nowhere.ts');
  const hanging = spawn(process.execPath, [child], { stdio: ['ignore', 'pipe', 'pipe'] });
  // Its stderr is not read: the pipe fills up.
  expect(await once(hanging, 'exit', { signal: AbortSignal.timeout(patienceMs) })).toEqual([0, null]);
  const full = openSync('/dev/full', 'w');
  const spilling = spawn(process.execPath, [child], { stdio: ['ignore', 'pipe', full] });
  closeSync(full);
  expect(await once(spilling, 'exit', { signal: AbortSignal.timeout(patienceMs) })).toEqual([0, null]);
});
