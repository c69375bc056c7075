import { expect, test } from 'vitest';

test('the suite runs on the Node that the checkout pins, not on an older one that happens to be installed', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  expect(
    major > 22 || (major === 22 && minor >= 19),
    `Node ${process.version} runs the tests; >= 22.19 is needed`,
  ).toBe(true);
});
