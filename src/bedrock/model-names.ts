import type { Effort } from '../converse/options.ts';

/**
 * Neutral names first, because editors treat names with `claude-` or `gpt-` in their own ways (cursor/cursor#1936).
 * Each stands for the newest model of its line that several sources confirm (2026-11); the 5.5 generation is known
 * from its vendor's pages alone.
 */
export const neutralNames: Readonly<Record<string, string>> = {
  'bedrock-sonnet': 'anthropic.claude-sonnet-5',
  'bedrock-opus': 'anthropic.claude-opus-5',
  'bedrock-haiku': 'anthropic.claude-haiku-4-5-20251001-v1:0',
};

/** Which line a name speaks of that no model has: `claude-sonnet-9` gets the newest Sonnet, and is reported. */
const lines: readonly (readonly [string, string])[] = [
  ['sonnet', 'bedrock-sonnet'],
  ['opus', 'bedrock-opus'],
  ['haiku', 'bedrock-haiku'],
];

/** The neutral name of the line that a `claude…` name speaks of. */
export function lineOf(name: string): string | undefined {
  return name.includes('claude') ? lines.find(([word]) => name.includes(word))?.[1] : undefined;
}

/**
 * Spellings of a bare id that clients use: without the provider, without version and date, and in the order of the
 * 3.x generation (`claude-3-5-sonnet-20241022`, `claude-sonnet-4-5`, `claude-opus-4.5`).
 */
export function spellings(id: string): string[] {
  const dot = id.indexOf('.');
  const model = id.slice(dot + 1);
  const dated = model.replace(/-v\d+(:\d+)?$/, '');
  const undated = dated.replace(/-\d{8}$/, '');
  return [...new Set([undated, dated, model])];
}

/** The name as clients may write it: lower case, no provider path, versions with hyphens. */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(?:anthropic|bedrock|openai|amazon)\//, '')
    .replace(/^(claude-.*\d)\.(\d)/, '$1-$2')
    .replace(/-latest$/, '');
}

const efforts: Readonly<Record<string, Effort>> = {
  none: 'none',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  extra: 'xhigh',
  max: 'max',
};

const variant =
  /(?:\[1m\]|[-:](?:thinking|reasoning|fast|priority)|[-:(](none|minimal|low|medium|high|xhigh|extra|max)\)?)$/;

/**
 * Takes one variant off the end of a name: `…-fast`, `…[1m]`, an effort as `-high`, `:high`, `(high)`, or `…-thinking`, which
 * asks for high effort unless the name also says another.
 */
export function withoutVariant(name: string): { name: string; effort?: Effort } | undefined {
  const match = variant.exec(name);
  if (!match || match.index === 0) return undefined;
  const effort = /thinking|reasoning/.test(match[0]) ? 'high' : efforts[match[1] ?? ''];
  return { name: name.slice(0, match.index).trimEnd(), ...(effort && { effort }) };
}
