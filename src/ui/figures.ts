/** Figures as people read them at a glance. Absent values give `–`. */

const none = '–';

/** Milliseconds: `340 ms`, `1.24 s`, `12.3 s`, `2 m 04 s`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return none;
  if (ms === 0) return '0 ms';
  if (ms < 999.5) return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`;
}

/** Counts: `980`, `8,214`, `12.3k`, `3.1M`. */
export function count(value: number | undefined): string {
  if (value === undefined) return none;
  if (value < 10_000) return Math.round(value).toLocaleString('en-US');
  if (value < 999_500) return `${(value / 1000).toFixed(value < 99_950 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(value < 99.95e6 ? 1 : 0)}M`;
}

/** US dollars: as many digits as say something. Unknown prices give `unpriced`, never zero. */
export function dollars(usd: number | undefined): string {
  if (usd === undefined) return 'unpriced';
  if (usd === 0) return '$0';
  const size = Math.abs(usd);
  const digits = size >= 1000 ? 0 : size >= 0.1 ? 2 : size >= 0.001 ? 4 : 5;
  return `${usd < 0 ? '−' : ''}$${size.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** What a sum came to; `unpriced` where it is nothing because the prices of calls in it are not known. */
export const cost = (usd: number, unpricedCalls: number): string =>
  dollars(unpricedCalls > 0 && usd === 0 ? undefined : usd);

/** A share of 0 to 1: `88 %`. */
export function share(part: number, whole: number): string {
  return whole === 0 ? none : `${Math.round((100 * part) / whole)} %`;
}

/** Bytes: `12 KiB`, `3.4 MiB`. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 1_048_576 ? `${Math.round(value / 1024)} KiB` : `${(value / 1_048_576).toFixed(1)} MiB`;
}

/** The local time of day, `14:03:12`; of another day than `now`'s with the day: `Tue 14:03`, and beyond a week `4 Nov`. */
export function clockTime(at: number, now: number): string {
  const [date, today] = [new Date(at), new Date(now)];
  if (date.toDateString() === today.toDateString()) return date.toLocaleTimeString('en-GB');
  const lastWeek = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 6);
  if (date < lastWeek) return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return `${date.toLocaleDateString('en-GB', { weekday: 'short' })} ${time}`;
}

/** The local date and time, whole: `4 Nov 2026, 14:03:12`. */
export function dateTime(at: number): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}
