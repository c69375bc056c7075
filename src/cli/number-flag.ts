import type { Output } from './output.ts';

/** A flag's positive number, or undefined after it was told what is wrong with it. */
export function positive(flag: string, given: string, output: Output): number | undefined {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  output.fail({ error: `${flag} takes a number above 0`, cause: `it was given "${given}"`, fix: `${flag} 30` });
  return undefined;
}
