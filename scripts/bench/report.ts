import type { Figures } from './measures.ts';
import { median } from './statistics.ts';
import type { Target } from './targets.ts';

/** All rounds of all targets: figures by target, one entry per round. */
export type Rounds = Record<Target['name'], Figures[]>;

/** A line of the table. `ratio` is the proxy's value against the floor's; without `limit` it is only told. */
export type Row = {
  figure: string;
  unit: string;
  direct: number;
  floor: number;
  proxy: number;
  ratio: number;
  /** What the ratio (or, where `absolute`, the proxy's value) must reach. */
  limit?: { atMost: number } | { atLeast: number };
  absolute?: true;
};

/** The median over the rounds that have the figure. */
function middle(rounds: readonly Figures[], key: string): number {
  return median(rounds.flatMap((round) => (round[key] === undefined ? [] : [round[key]])));
}

/** The table of figures, in the order of the targets in `docs/performance.md`. */
export function rowsOf(rounds: Rounds): Row[] {
  const values = (key: string) => ({
    direct: middle(rounds.direct, key),
    floor: middle(rounds.floor, key),
    proxy: middle(rounds.proxy, key),
  });
  const row = (figure: string, unit: string, key: string, limit?: Row['limit']): Row => {
    const { direct, floor, proxy } = values(key);
    return { figure, unit, direct, floor, proxy, ratio: proxy / floor, ...(limit ? { limit } : {}) };
  };
  /** What a target puts on top of the simulator itself; no ratio where the noise is larger than what is added. */
  const added = (figure: string, key: string, limit?: Row['limit']): Row => {
    const { direct, floor, proxy } = values(key);
    const own = { direct: 0, floor: floor - direct, proxy: proxy - direct };
    return {
      figure,
      unit: 'ms',
      ...own,
      ratio: own.floor > 0 ? Math.max(own.proxy, 0) / own.floor : Number.NaN,
      ...(limit ? { limit } : {}),
    };
  };
  return [
    added('first token added, 1 stream, p50', 'firstP50', { atMost: 2 }),
    added('first token added, 1 stream, p99', 'firstP99'),
    added('total added, 1 stream, p50', 'totalP50'),
    row('JSON requests, 64 at once', '1/s', 'jsonPerSecond', { atLeast: 0.6 }),
    row('CPU per JSON request', 'ms', 'jsonCpuMs', { atMost: 2 }),
    row('chunks, 200 streams flat out', '1/s', 'chunksPerSecond', { atLeast: 0.7 }),
    row('CPU per 1,000 chunks, flat out', 'ms', 'flatCpuPer1000', { atMost: 1.4 }),
    row('chunk lag, 200 paced streams, p50', 'ms', 'lagP50', { atMost: 1.5 }),
    row('chunk lag, 200 paced streams, p99', 'ms', 'lagP99'),
    row('CPU per 1,000 chunks, paced', 'ms', 'pacedCpuPer1000'),
    row('first token, many open streams, p50', 'ms', 'openFirstP50', { atMost: 2.5 }),
    row('RSS idle', 'MB', 'idleMb'),
    row('RSS peak, many open streams', 'MB', 'peakMb', { atMost: 1.4 }),
    row('memory per open stream', 'kB', 'kbPerStream'),
    row('start-up, spawn to first reply', 'ms', 'startMs', { atMost: 2 }),
    { ...row('new upstream connections per 100 streams', '', 'connectionsPer100', { atMost: 0 }), absolute: true },
  ];
}

/** `pass` or `miss`; nothing for a figure without a target. */
export function verdict({ limit, ratio, proxy, absolute }: Row): '' | 'pass' | 'miss' {
  if (!limit) return '';
  const value = absolute ? proxy : ratio;
  return ('atMost' in limit ? value <= limit.atMost : value >= limit.atLeast) ? 'pass' : 'miss';
}

export function limitText({ limit, absolute }: Row): string {
  if (!limit) return '';
  return `${'atMost' in limit ? `≤ ${limit.atMost}` : `≥ ${limit.atLeast}`}${absolute ? '' : '×'}`;
}

/** Three significant digits, thousands grouped; a dash for what was not measured. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

const ratioText = (row: Row): string => (Number.isFinite(row.ratio) ? `${shown(row.ratio)}×` : '–');

const columns = ['figure', 'direct', 'floor', 'proxy', 'ratio', 'target', ''] as const;

function cells(row: Row): string[] {
  const figure = row.unit === '' ? row.figure : `${row.figure}, ${row.unit}`;
  return [
    figure,
    shown(row.direct),
    shown(row.floor),
    shown(row.proxy),
    row.absolute ? '–' : ratioText(row),
    limitText(row),
    verdict(row),
  ];
}

/** The table for a terminal. */
export function plainTable(rows: readonly Row[]): string {
  const lines = [[...columns], ...rows.map(cells)];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const pad = (text: string, at: number) =>
    at === 0 || at === 6 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** The table for `docs/performance.md`. */
export function markdownTable(rows: readonly Row[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [line(columns), '|---|---:|---:|---:|---:|---:|---|', ...rows.map((row) => line(cells(row)))].join('\n');
}
