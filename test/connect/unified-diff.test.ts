import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from '../../src/connect/unified-diff.ts';

test('equal texts have no difference; a new file is all additions', () => {
  expect(unifiedDiff('a\n', 'a\n', 'f')).toBe('');
  expect(unifiedDiff('', 'x\ny\n', 'f')).toBe('--- f\n+++ f\n@@ -0,0 +1,2 @@\n+x\n+y\n');
});

const patch = spawnSync('patch', ['--version']).status === 0;

test.skipIf(!patch)('patch(1) makes the new text of the old one (needs patch)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'claude-bedrock-diff-'));
  const lines = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '  d'), { maxLength: 25 })
    .map((list) => list.map((line) => `${line}\n`).join(''));
  try {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const file = join(folder, 'f');
        writeFileSync(file, before);
        const diff = unifiedDiff(before, after, 'f');
        if (before === after) {
          expect(diff).toBe('');
          return;
        }
        const { status, stdout, stderr } = spawnSync('patch', ['-s', '--fuzz=0', '-o', '-', file], {
          input: diff,
          encoding: 'utf8',
        });
        expect([status, stderr, stdout]).toEqual([0, '', after]);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
