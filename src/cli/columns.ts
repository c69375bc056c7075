import { padded, widthOf } from './table.ts';
import { terminalWidth } from './terminal.ts';
import { wrap } from './wrap.ts';

type Row = readonly string[];

/**
 * Rows as aligned columns, two spaces apart; numbers (in `right`) to the right. The first row is the heading. Where the
 * terminal is too narrow its words stand under each other, and where that does not do, each row is told in lines of its
 * own: nothing is left out.
 */
export function columns(rows: readonly Row[], right: ReadonlySet<number>, width = terminalWidth()): string {
  const wide = aligned(rows, right);
  if (fits(wide, width)) return wide;
  const [heading = [], ...lines] = rows;
  const stacked = aligned([...stackedHeading(heading), ...lines], right);
  return fits(stacked, width) ? stacked : lines.map((line) => told(heading, line, width)).join('\n');
}

const fits = (text: string, width: number): boolean => text.split('\n').every((line) => widthOf(line) <= width);

function aligned(rows: readonly Row[], right: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  const cellText = (cell: string, at: number) => {
    const space = widths[at] ?? 0;
    return right.has(at) ? ' '.repeat(Math.max(0, space - widthOf(cell))) + cell : padded(cell, space);
  };
  return rows.map((row) => row.map(cellText).join('  ').trimEnd()).join('\n');
}

/** `from cache` as two lines, the shorter headings at the bottom. */
function stackedHeading(heading: Row): Row[] {
  const words = heading.map((cell) => cell.split(/ |(?=\/)/));
  const height = Math.max(...words.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => words.map((cell) => cell[line - (height - cell.length)] ?? ''));
}

/** Its name, and below it each value behind its heading. */
function told([, ...names]: Row, [name = '', ...values]: Row, width: number): string {
  const lines: string[] = [];
  for (const [at, value] of values.entries()) {
    if (value === '') continue;
    const pair = `${names[at]} ${value}`;
    const longer = `${lines.at(-1)}   ${pair}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(`  ${pair}`);
  }
  return [wrap(name, width, 2), ...lines].join('\n');
}

/** RFC 4180. A text that a spreadsheet would run as a formula is led by an apostrophe: clients name themselves. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(',')).join('\r\n');
}

/** A whole number with its thousands apart. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Cents for sums, more places for small change. */
export const dollars = (usd: number): string => `$${usd.toFixed(usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2)}`;
