import type { DayCost, History } from '../observe/history.ts';
import type { CallRow } from '../observe/recent-calls.ts';

/** Points over time, x in seconds; `middle` is the median of the last few. A long pause is a gap in both. */
export type Series = { x: number[]; y: (number | null)[]; middle: (number | null)[]; median: number | undefined };

const lately = 9;
const pauseSeconds = 45 * 60;

/** What the model itself took: answers from a cache are not its. */
const isModels = ({ outcome }: CallRow): boolean => outcome === 'served' || outcome === 'aborted';

/** Seconds to the first token of each answer, in order of time. `rows` come newest first. */
export function firstTokens(rows: readonly CallRow[]): Series {
  return seriesOf(rows, (row) => (row.firstEventMs === undefined ? undefined : row.firstEventMs / 1000));
}

/** Fewer tokens say nothing of a speed. */
const fewestTokens = 8;

/** Output tokens a second behind the first token. */
export function speeds(rows: readonly CallRow[]): Series {
  return seriesOf(rows, ({ stream, firstEventMs, durationMs, tokens }) => {
    if (!stream || firstEventMs === undefined || !tokens || tokens.output < fewestTokens) return undefined;
    const seconds = (durationMs - firstEventMs) / 1000;
    return seconds > 0.005 ? tokens.output / seconds : undefined;
  });
}

function seriesOf(rows: readonly CallRow[], value: (row: CallRow) => number | undefined): Series {
  const series: Series = { x: [], y: [], middle: [], median: undefined };
  const values: number[] = [];
  let last = Number.POSITIVE_INFINITY;
  for (const row of [...rows].sort((a, b) => a.at - b.at)) {
    const y = isModels(row) ? value(row) : undefined;
    if (y === undefined) continue;
    const x = row.at / 1000;
    if (x - last > pauseSeconds) add(series, (x + last) / 2, null, null);
    values.push(y);
    add(series, x, y, median(values.slice(-lately)) ?? y);
    last = x;
  }
  series.median = median(values);
  return series;
}

function add(series: Series, x: number, y: number | null, middle: number | null): void {
  series.x.push(x);
  series.y.push(y);
  series.middle.push(middle);
}

/** The middle value; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)];
  const lower = sorted[Math.ceil(half) - 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/** Cost of each day, stacked: `tops[n]` is what the first n + 1 models cost together. */
export type CostStack = { days: string[]; models: string[]; tops: number[][]; sum: number };

const mostModels = 4;

/** The dearest models each on their own, what is left as `others`; a day without calls is a day of nothing. */
export function costStack({ from, until, days }: Pick<History, 'from' | 'until' | 'days'>): CostStack {
  const names = dearest(days);
  const all = daysBetween(from, until);
  const tops = names.map(() => all.map(() => 0));
  const at = new Map(all.map((day, index) => [day, index]));
  for (const { day, modelId, usd } of days) {
    const index = at.get(day);
    const place = names.indexOf(modelId);
    for (let level = place === -1 ? names.length - 1 : place; level < names.length; level++) {
      const top = tops[level];
      if (top && index !== undefined) top[index] = (top[index] ?? 0) + usd;
    }
  }
  return { days: all, models: names, tops, sum: days.reduce((sum, { usd }) => sum + usd, 0) };
}

function dearest(days: readonly DayCost[]): string[] {
  const sums = new Map<string, number>();
  for (const { modelId, usd } of days) sums.set(modelId, (sums.get(modelId) ?? 0) + usd);
  const names = [...sums]
    .filter(([, usd]) => usd > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => name);
  return names.length <= mostModels ? names : [...names.slice(0, mostModels - 1), 'others'];
}

function daysBetween(from: string, until: string): string[] {
  const [year = 1970, month = 1, day = 1] = from.split('-').map(Number);
  const days: string[] = [];
  for (let offset = 0; offset < 62; offset++) {
    const date = new Date(year, month - 1, day + offset);
    const name = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('-');
    if (name > until) break;
    days.push(name);
  }
  return days;
}
