import { expect, test } from 'vitest';
import { columns } from '../../src/cli/columns.ts';
import { cut, widthOf } from '../../src/cli/table.ts';

const rows = [
  ['client', 'calls', 'from cache', 'requests/min'],
  ['cline', '8', '1', '1,200'],
  ['日本語', '12', '', '3'],
];
const right = new Set([1, 2, 3]);

test('where there is room a table has one line a row, and wide letters count twice', () => {
  expect(columns(rows, right, 80)).toBe(`client  calls  from cache  requests/min
cline       8           1         1,200
日本語     12                         3`);
});

test('a narrower one has its headings under each other', () => {
  expect(columns(rows, right, 34)).toBe(`                from  requests
client  calls  cache      /min
cline       8      1     1,200
日本語     12                3`);
});

test('a still narrower one tells each row in lines of its own, and leaves nothing out', () => {
  const told = columns(rows, right, 24);
  expect(told).toBe(`cline
  calls 8   from cache 1
  requests/min 1,200
日本語
  calls 12
  requests/min 3`);
  for (const line of told.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(24);
});

test('emoji take two columns, marks on a letter none, and a cut never makes a text wider', () => {
  expect(['😀', 'e\u0301', '\u001b[31mred\u001b[0m', 'שלום'].map(widthOf)).toEqual([2, 1, 3, 4]);
  expect(cut('日本語です', 6)).toBe('日本…');
  expect(cut('plain text', 6)).toBe('plain…');
});
