import { expect, test } from 'vitest';
import type { CallRecord } from '../../src/observe/call-record.ts';
import { humanLine } from '../../src/observe/human-line.ts';
import { sampleRecord } from './sample-record.ts';

const at = new Date(2026, 10, 22, 14, 3, 12);
const record = sampleRecord({
  at: at.getTime(),
  client: { name: 'cline', ip: '127.0.0.1' },
  durationMs: 1234,
  usage: {
    inputTokens: 11,
    outputTokens: 5,
    totalTokens: 12_016,
    cacheReadInputTokens: 12_000,
    cacheWriteInputTokens: 0,
  },
  cost: { usd: 0.0042, savedUsd: 0 },
});
const line = (change: Partial<CallRecord>) => humanLine({ type: 'call', record: { ...record, ...change } }, at);

test('a call is one line: time, client, model, tokens, how long, cost', () => {
  expect(line({})).toBe('14:03:12  cline  bedrock-sonnet  12,011 in (12,000 cached), 5 out  1.2 s  $0.0042');
  expect(line({ outcome: 'cached' })).toBe('14:03:12  cline  bedrock-sonnet  from the cache  1.2 s');
});

test('a failure names its code and the command that explains it', () => {
  const { usage: _usage, cost: _cost, ...bare } = record;
  const failed: CallRecord = { ...bare, outcome: 'failed', error: { code: 'upstream_limited' } };
  expect(humanLine({ type: 'call', record: failed }, at)).toBe(
    '14:03:12  cline  bedrock-sonnet  1.2 s  failed: upstream_limited  (claude-bedrock explain req_1)',
  );
});

test('the simulator costs nothing and explains nothing later, and what was said at the start is not said again', () => {
  expect(humanLine({ type: 'call', record }, at, false)).not.toContain('$');
  const failed: CallRecord = { ...record, outcome: 'failed', error: { code: 'upstream_limited' } };
  expect(humanLine({ type: 'call', record: failed }, at, false)).toMatch(/failed: upstream_limited$/);
  expect(humanLine({ type: 'listening', url: 'http://x', upstream: 'demo' }, at)).toBeUndefined();
});
