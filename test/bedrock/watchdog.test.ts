import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWatchdog } from '../../src/bedrock/watchdog.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('silence is told once, at most two ticks late; whoever is alive, held or unlimited is left alone', () => {
  const silent: string[] = [];
  const watchdog = createWatchdog(250);
  const alive = watchdog.watch(1_000, () => silent.push('alive'));
  watchdog.watch(1_000, () => silent.push('dead'));
  const held = watchdog.watch(1_000, () => silent.push('held'));
  watchdog.watch(0, () => silent.push('unlimited'));
  held.hold(true);
  for (let at = 0; at < 20; at++) {
    vi.advanceTimersByTime(250);
    alive.alive();
    if (at === 3) expect(silent).toEqual([]);
  }
  expect(silent).toEqual(['dead']);
  held.hold(false);
  vi.advanceTimersByTime(1_500);
  expect(silent).toEqual(['dead', 'alive', 'held']);
});

test('a new allowance counts from now', () => {
  const silent = vi.fn();
  const watch = createWatchdog(10).watch(50, silent);
  vi.advanceTimersByTime(40);
  watch.allow(500);
  vi.advanceTimersByTime(490);
  expect(silent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(40);
  expect(silent).toHaveBeenCalledOnce();
});

test('the one timer runs only while something is watched', () => {
  const watchdog = createWatchdog();
  expect(vi.getTimerCount()).toBe(0);
  const watches = [watchdog.watch(1_000, () => {}), watchdog.watch(1_000, () => {})];
  expect(vi.getTimerCount()).toBe(1);
  for (const watch of watches) watch.stop();
  expect(vi.getTimerCount()).toBe(0);
});
