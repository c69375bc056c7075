import { ProxyError } from '../base/errors.ts';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A span as people write it on a command line (`10m`, `30d`, `0`), in milliseconds; throws `invalid_request` otherwise. */
export function parseSpan(text: string, option: string): number {
  const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(text.trim()) ?? [];
  if (text.trim() === '0') return 0;
  if (number !== undefined && unit !== undefined) return Number(number) * (units[unit] ?? 0);
  throw new ProxyError('invalid_request', `${option} takes a span such as 10m, 12h or 30d.`, { param: option });
}
