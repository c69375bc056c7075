import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/base/errors.ts';
import type { CallRecord } from '../../src/observe/call-record.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { createRecentCalls, type News } from '../../src/observe/recent-calls.ts';
import { sampleRecord } from './sample-record.ts';

const record = (different: Partial<CallRecord> = {}): CallRecord =>
  sampleRecord({
    at: 1,
    principal: { id: 'key_a', name: 'laptop' },
    client: { name: 'cursor', ip: '203.0.113.9' },
    ...different,
  });

const began = { id: 'req_1', at: 1, client: 'cursor', format: 'openai-chat', model: 'bedrock-sonnet', target: 't' };

test('a call is open until its record comes, then among the newest', () => {
  const recent = createRecentCalls({ now: () => 1 });
  const news: News['type'][] = [];
  const stop = recent.subscribe(({ type }) => news.push(type));
  recent.began(began);
  expect(recent.open()).toEqual([began]);
  recent.write({ type: 'call', record: record() });
  recent.write({ type: 'call', record: record({ id: 'req_2' }) });
  expect(recent.open()).toEqual([]);
  expect(recent.calls().map(({ id }) => id)).toEqual(['req_2', 'req_1']);
  stop();
  recent.began(began);
  expect(news).toEqual(['began', 'ended', 'ended']);
});

test('the number of kept calls is bounded', () => {
  const recent = createRecentCalls({ now: () => 1, most: 10 });
  for (let nth = 0; nth < 95; nth++) recent.write({ type: 'call', record: record({ id: `req_${nth}` }) });
  expect(recent.calls()).toHaveLength(10);
  expect(recent.calls()[0]?.id).toBe('req_94');
  expect(recent.find('req_3')).toBeUndefined();
});

test('a row has the fix but neither the address nor the detail of an error', () => {
  const recent = createRecentCalls({ now: () => 1 });
  const error = {
    code: 'sign_in_needed',
    fix: 'aws sso login',
    detail: 'stack at secret place',
    retryAfterMs: 5,
  } as const;
  recent.write({ type: 'call', record: record({ outcome: 'failed', error }) });
  const [row] = recent.calls();
  expect(row?.error).toEqual({ code: 'sign_in_needed', fix: 'aws sso login', retryAfterMs: 5 });
  expect(JSON.stringify(row)).not.toMatch(/secret place|203\.0\.113/);
});

test('a fix names commands as this person types them', () => {
  const recent = createRecentCalls({ now: () => 1, asTyped: (text) => `npx ${text}` });
  const error = { code: 'forbidden', fix: 'claude-bedrock aws policy' } as const;
  recent.write({ type: 'call', record: record({ outcome: 'failed', error }) });
  expect(recent.calls()[0]?.error?.fix).toBe('npx claude-bedrock aws policy');
});

test('an unknown price stays unknown, a known zero stays zero', () => {
  const recent = createRecentCalls({ now: () => 1 });
  recent.write({ type: 'call', record: record() });
  recent.write({ type: 'call', record: record({ cost: { usd: 0, savedUsd: 0.2 } }) });
  expect(recent.calls().map(({ usd }) => usd)).toEqual([0, undefined]);
});

test('names from outside are cut', () => {
  const recent = createRecentCalls({ now: () => 1 });
  recent.write({ type: 'call', record: record({ model: 'm'.repeat(5_000) }) });
  expect(recent.calls()[0]?.model).toHaveLength(120);
});

test.each([
  [
    { type: 'refused', requestId: 'r', code: 'unauthorized', status: 401, route: '/v1/models', ip: '127.0.0.1' },
    'alarm',
  ],
  [
    { type: 'refused', requestId: 'r', code: 'unauthorized', status: 401, route: '/ui/api/state', ip: '127.0.0.1' },
    'warn',
  ],
  [{ type: 'refused', requestId: 'r', code: 'forbidden', status: 403, route: 'guard', ip: '127.0.0.1' }, 'alarm'],
  [{ type: 'refresh', provider: 'sso', outcome: 'invalid_grant', durationMs: 1 }, 'alarm'],
  [{ type: 'refresh', provider: 'sso', outcome: 'success', durationMs: 1 }, 'info'],
  [{ type: 'budget', scope: 'all', period: 'day', percent: 80, spentUsd: 8, limitUsd: 10 }, 'warn'],
  [{ type: 'budget', scope: 'all', period: 'day', percent: 100, spentUsd: 10, limitUsd: 10 }, 'alarm'],
] as const)('%o is told as %s', (event, severity) => {
  const recent = createRecentCalls({ now: () => 77 });
  recent.write(event);
  expect(recent.notices()).toMatchObject([{ at: 77, severity }]);
});

test('what is everyday is no notice', () => {
  const recent = createRecentCalls({ now: () => 1 });
  recent.write({ type: 'listening', url: 'http://127.0.0.1:1', upstream: 'demo' });
  recent.write({ type: 'retry', callId: 'c', attempt: 1, code: 'timeout', afterMs: 1 });
  expect(recent.notices()).toEqual([]);
});

test('what happens again stands once, with its last time and how often, and pushes nothing else out', () => {
  let at = 1;
  const recent = createRecentCalls({ now: () => at });
  const told: News[] = [];
  recent.subscribe((news) => told.push(news));
  const refused = (code: ErrorCode): LogEvent => ({
    ...{ type: 'refused', requestId: 'req_1', status: 400, route: '/v1/chat/completions', ip: '::1', code },
  });
  recent.write({ type: 'key', action: 'rotated', keyId: 'laptop' });
  for (; at < 500; at++) recent.write(refused('invalid_request'));
  recent.write(refused('unauthorized'));
  const [wrongKey, again, ...others] = recent.notices();
  expect(wrongKey).not.toHaveProperty('times');
  expect(again).toMatchObject({ at: 499, what: 'Request refused: invalid request', times: 499 });
  expect(others).toMatchObject([{ what: 'Key rotated' }]);
  expect(told.at(-2)).toMatchObject({ type: 'notice', notice: { at: 499, times: 499 } });
});
