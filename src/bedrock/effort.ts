import type { Effort } from '../converse/options.ts';

/** All levels of effort, from none to most. */
export const effortLadder: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** The least thinking budget that Claude takes, in tokens. */
export const leastBudget = 1024;

/** Whether a value is one of the levels. */
export function isEffort(value: unknown): value is Effort {
  return effortLadder.some((level) => level === value);
}

/** The level nearest to the wish, the lower of two (case 52); a wish to think never becomes `none`. Undefined when there is no level. */
export function nearestEffort(wish: Effort, levels: readonly Effort[]): Effort | undefined {
  const rank = (effort: Effort): number => effortLadder.indexOf(effort);
  const distance = (level: Effort): number => Math.abs(rank(level) - rank(wish));
  const [first, ...others] = levels.filter((level) => level !== 'none');
  if (first === undefined) return undefined;
  return others.reduce((best, level) => (distance(level) < distance(best) ? level : best), first);
}
