import { expect, test } from 'vitest';
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
