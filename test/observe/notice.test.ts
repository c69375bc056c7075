import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/base/errors.ts';
import type { LogEvent } from '../../src/observe/log-event.ts';
import { noticeOf } from '../../src/observe/notice.ts';

const told = (event: LogEvent): string | undefined => {
  const notice = noticeOf(event, 7);
  if (notice) expect(notice.at).toBe(7);
  return notice && `${notice.severity}: ${notice.what} (${notice.about})`;
};

test('who tried to come in is told by how much it matters', () => {
  const refused = (code: ErrorCode, route: string) =>
    told({ type: 'refused', requestId: 'r', code, status: 400, route, ip: '10.0.0.9' });
  expect(refused('unauthorized', '/v1/messages')).toBe('alarm: Wrong key (/v1/messages from 10.0.0.9)');
  expect(refused('unauthorized', '/ui/link')).toBe('warn: Dashboard sign-in refused (/ui/link from 10.0.0.9)');
  expect(refused('forbidden', '/v1/models')).toBe('alarm: Turned away at the door (/v1/models from 10.0.0.9)');
  expect(refused('too_large', '/v1/models')).toBe('info: Request refused: too large (/v1/models from 10.0.0.9)');
});

test('money: a budget is an alarm only when it is spent', () => {
  const budget = (percent: number) =>
    told({ type: 'budget', scope: 'all', percent, spentUsd: 8.4, limitUsd: 10, period: 'day' });
  expect(budget(80)).toBe('warn: Budget at 80 % ($8.40 of $10.00 a day)');
  expect(budget(99)).toMatch(/^warn/);
  expect(budget(100)).toMatch(/^alarm/);
});

test('screening says what was done, and by which rule', () => {
  const hit = (action: 'report' | 'mask' | 'block') =>
    told({ type: 'content-policy', callId: 'r', rule: 'EMAIL', action, hits: 1 });
  expect(hit('report')).toBe('warn: Found in a prompt (EMAIL)');
  expect(hit('mask')).toBe('warn: Masked in a prompt (EMAIL)');
  expect(hit('block')).toBe('alarm: Prompt blocked (EMAIL)');
});

test('a sign-in that could not be renewed is an alarm, one that could is not', () => {
  const refresh = (outcome: string) => told({ type: 'refresh', provider: 'oidc', outcome, durationMs: 5 });
  expect(refresh('success')).toBe('info: Sign-in renewed (oidc)');
  expect(refresh('revoked')).toBe('alarm: Renewing the sign-in failed: revoked (oidc)');
});

test('what is everyday is no notice', () => {
  expect(told({ type: 'listening', url: 'http://127.0.0.1:4141', upstream: 'demo' })).toBeUndefined();
});
