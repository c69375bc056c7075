import { expect, test } from 'vitest';
import { createUiSessions, linkMs } from '../../src/http/ui-sessions.ts';
import { fakeClock } from '../proxy/call-fixture.ts';

const hour = 3_600_000;

test('a link is good for a minute and not longer', async () => {
  const clock = fakeClock();
  const sessions = createUiSessions(clock);
  const early = sessions.link();
  const late = sessions.link();
  await clock.advance(linkMs);
  expect(sessions.exchange(early.token)).toMatch(/^[\w-]{43}$/);
  await clock.advance(1);
  expect(sessions.exchange(late.token)).toBeUndefined();
});

test('a session that is looked at lives on, one that is left alone ends after twelve hours', async () => {
  const clock = fakeClock();
  const sessions = createUiSessions(clock);
  const cookie = sessions.exchange(sessions.link().token) ?? '';
  for (let looks = 0; looks < 3; looks++) {
    await clock.advance(11 * hour);
    expect(sessions.find(cookie)).toBeDefined();
  }
  const { signal } = sessions.find(cookie) ?? {};
  await clock.advance(12 * hour + 1);
  expect(sessions.find(cookie)).toBeUndefined();
  expect(signal?.aborted).toBe(true);
});

test('no session outlives a week, however busy', async () => {
  const clock = fakeClock();
  const sessions = createUiSessions(clock);
  const cookie = sessions.exchange(sessions.link().token) ?? '';
  let hours = 0;
  while (sessions.find(cookie) && hours < 1000) {
    await clock.advance(6 * hour);
    hours += 6;
  }
  expect(hours).toBe(7 * 24 + 6);
});

test('signing out ends the session and tells its streams', () => {
  const sessions = createUiSessions(fakeClock());
  const cookie = sessions.exchange(sessions.link().token) ?? '';
  const { signal } = sessions.find(cookie) ?? {};
  sessions.end(cookie);
  expect(signal?.aborted).toBe(true);
  expect(sessions.find(cookie)).toBeUndefined();
});

test('links and sessions are few: the oldest make room', () => {
  const sessions = createUiSessions(fakeClock());
  const first = sessions.link().token;
  for (let more = 0; more < 16; more++) sessions.link();
  expect(sessions.exchange(first)).toBeUndefined();
  const cookies = Array.from({ length: 33 }, () => sessions.exchange(sessions.link().token) ?? '');
  expect(sessions.find(cookies[0] ?? '')).toBeUndefined();
  expect(sessions.find(cookies[32] ?? '')).toBeDefined();
});
