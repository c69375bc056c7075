import type { Adaptations } from '../adaptations.ts';

/** Claude Code's first system block; in some versions it differs with every request, and no prompt cache would ever hit. */
const billingLine = 'x-anthropic-billing-header:';

/** The system prompt without that line; the same list when it is not there. */
export function withoutBillingLine<Block extends { text: string }>(
  system: readonly Block[],
  adapt: Adaptations,
): readonly Block[] {
  const kept = system.filter(({ text }) => !text.startsWith(billingLine));
  if (kept.length === system.length) return system;
  adapt.changed('billing line dropped', 'Claude Code writes it to Anthropic’s service, not to the model.');
  return kept;
}
