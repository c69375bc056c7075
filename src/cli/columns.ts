/** Rows as aligned columns, two spaces apart; numbers (in `right`) to the right. The first row is the heading. */
export function columns(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const padded = (cell: string, at: number) => {
    const width = widths[at] ?? 0;
    return right.has(at) ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
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
