import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The numbers that a text names as `case 5`, `cases 5 and 7`, `cases 5, 6, 7` or `cases 5–7`. */
function casesIn(text: string): Set<number> {
  const named = new Set<number>();
  for (const [, list = ''] of text.matchAll(/\bcases? (\d+(?:(?:, | and |[–-])\d+)*)/g)) {
    for (const part of list.split(/, | and /)) {
      const [from = 0, to = from] = part.split(/[–-]/).map(Number);
      for (let at = from; at <= to; at++) named.add(at);
    }
  }
  return named;
}

/** A test's text without its comments: a remark proves nothing. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
}

const rows = [...readFileSync('docs/hard-cases.md', 'utf8').matchAll(/^\| (\d+) \| .+ \| (.+) \|$/gm)];

test('the page has a row for each of the 112 cases', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 112 }, (_, at) => at + 1));
});

test('each case is named by a test where the page says so, or the page says why there is none', () => {
  const wrong: string[] = [];
  for (const [, number = '', where = ''] of rows) {
    if (/^not tested: .{10,}/.test(where)) continue;
    const files = [...where.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
    if (files.length === 0) wrong.push(`case ${number}: no test and no reason`);
    for (const file of files)
      if (!casesIn(withoutComments(readFileSync(file, 'utf8'))).has(Number(number)))
        wrong.push(`${file} does not name case ${number}`);
  }
  expect(wrong).toEqual([]);
});
