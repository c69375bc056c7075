import { expect, test } from 'vitest';
import { plot } from '../../scripts/bench/plot.ts';
import { markdownTable, plainTable, type Rounds, rowsOf, verdict } from '../../scripts/bench/report.ts';

const rounds: Rounds = {
  direct: [{ firstP50: 1, totalP50: 2 }, { firstP50: 3 }, { firstP50: 1 }],
  floor: [{ firstP50: 2, jsonPerSecond: 100, connectionsPer100: 0 }],
  proxy: [{ firstP50: 4, jsonPerSecond: 70, connectionsPer100: 1 }],
};
const rows = rowsOf(rounds);
const row = (start: string) => rows.find(({ figure }) => figure.startsWith(start)) ?? expect.fail(start);

test('what is added is told against the simulator, by medians', () => {
  expect(row('first token added, 1 stream, p50')).toMatchObject({ direct: 0, floor: 1, proxy: 3, ratio: 3 });
});

test('each target gives its word', () => {
  expect(verdict(row('first token added, 1 stream, p50'))).toBe('miss');
  expect(verdict(row('JSON requests'))).toBe('pass');
  expect(verdict(row('new upstream connections'))).toBe('miss');
  expect(verdict(row('RSS idle'))).toBe('');
});

test('the tables show every figure, a dash for what was not measured', () => {
  expect(plainTable(rows).split('\n')).toHaveLength(rows.length + 1);
  expect(markdownTable(rows)).toContain('| JSON requests, 64 at once, 1/s | – | 100 | 70 | 0.7× | ≥ 0.6× | pass |');
});

test('the plot draws a bar for each measured target', () => {
  const svg = plot(rows);
  expect(svg.match(/<rect class="(pass|miss)"/g)).toHaveLength(2);
  expect(svg).toContain('3× (≤ 2×) miss');
});
