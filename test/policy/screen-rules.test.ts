import { expect, test } from 'vitest';
import { finderOf } from '../../src/policy/detect/detector.ts';
import { type ScreenSettings, screenRules } from '../../src/policy/screen-rules.ts';

const off: ScreenSettings = { secrets: 'off', personal: 'off', webInjection: 'off', kinds: [], patterns: [] };
const kinds = (settings: Partial<ScreenSettings>) =>
  screenRules({ ...off, ...settings }).map(({ detector, action }) => `${detector.kind} ${action}`);

test('nothing is looked for that is off', () => {
  expect(kinds({})).toEqual([]);
});

test('a group switches all its kinds, and a kind may differ from its group', () => {
  const rules = kinds({
    personal: 'report',
    kinds: [
      { kind: 'EMAIL', action: 'mask' },
      { kind: 'IP', action: 'off' },
    ],
  });
  expect(rules).toContain('EMAIL mask');
  expect(rules).toContain('CARD report');
  expect(rules.some((rule) => rule.startsWith('IP '))).toBe(false);
  expect(kinds({ kinds: [{ kind: 'JWT', action: 'block' }] })).toEqual(['JWT block']);
});

test('own patterns get a name of their own; what is no pattern and no kind is told by its name', () => {
  expect(kinds({ patterns: [{ name: 'project names', pattern: 'Bluebird|Falcon', action: 'mask' }] })).toEqual([
    'X_PROJECT_NAMES mask',
  ]);
  expect(() => kinds({ patterns: [{ name: 'bad', pattern: '(', action: 'mask' }] })).toThrow(
    'The pattern "bad" is not a regular expression.',
  );
  expect(() => kinds({ kinds: [{ kind: 'EMAL', action: 'mask' }] })).toThrow('no kind "EMAL"');
});

test('a pattern that would search for centuries holds nobody up: the text counts as found', () => {
  const patterns = [{ name: 'trap', pattern: '(a+)+$', action: 'block' as const }];
  const find = finderOf(screenRules({ ...off, patterns }).map(({ detector }) => detector));
  const startedAt = performance.now();
  expect(find(`${'a'.repeat(60)}b`)).toEqual([{ kind: 'X_TRAP', group: 'content', start: 0, end: 61 }]);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(find('nothing of it')).toEqual([]);
  expect(find('b aaa')).toEqual([{ kind: 'X_TRAP', group: 'content', start: 2, end: 5 }]);
});
