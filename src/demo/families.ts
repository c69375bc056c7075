import { claudeRows } from './families-claude.ts';
import { openRows } from './families-open.ts';
import type { Family } from './family.ts';
import { modelLimits } from './model-limits.ts';

/** The facts about a bare model id; `undefined`: the service knows no such model. */
export function familyOf(bareId: string): Family | undefined {
  const row = [...claudeRows, ...openRows].find(([pattern]) => pattern.test(bareId))?.[1];
  const [contextTokens, maxTokens] = modelLimits[bareId] ?? [];
  return row && contextTokens !== undefined && maxTokens !== undefined ? { ...row, contextTokens, maxTokens } : row;
}
