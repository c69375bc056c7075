import type { Capabilities } from '../converse/model.ts';
import { claudeExceptions, claudeRows } from './claude-rows.ts';
import { familyExceptions, familyRows } from './family-rows.ts';
import { plainRow } from './plain-row.ts';

const rows: Readonly<Record<string, Capabilities>> = { ...claudeRows, ...familyRows };
const exceptions: Readonly<Record<string, Partial<Capabilities>>> = { ...claudeExceptions, ...familyExceptions };

/** Families that a row exists for, for tests and tables. */
export const families: readonly string[] = Object.keys(rows);

/** What a model can do: its family's row with the model's own exceptions; the plain row for what nobody knows. */
export function capabilitiesOf(family: string, id: string): Capabilities {
  const row = rows[family] ?? plainRow;
  const exception = exceptions[id];
  return exception ? { ...row, ...exception } : row;
}

/** Families of ids that came after the catalogue, by the longest matching beginning. */
const beginnings: readonly (readonly [string, string])[] = [
  ['anthropic.claude-', 'claude'],
  ['amazon.nova-2-', 'nova-2'],
  ['amazon.nova-', 'nova-1'],
  ['amazon.titan-text-', 'titan-text'],
  ['meta.llama4-', 'llama-4'],
  ['meta.llama', 'llama-3.3'],
  ['mistral.', 'devstral'],
  ['openai.gpt-oss-', 'gpt-oss'],
  ['openai.gpt-', 'gpt-6'],
  ['xai.grok-', 'grok-4.6'],
  ['qwen.', 'qwen3-coder'],
  ['moonshot', 'kimi-k2'],
  ['deepseek.', 'minimax-m2'],
  ['zai.', 'glm'],
  ['writer.', 'palmyra'],
];

/** The family that an unlisted id seems to belong to; `other` where nothing is known. */
export function guessFamily(id: string): string {
  return beginnings.find(([beginning]) => id.startsWith(beginning))?.[1] ?? 'other';
}
