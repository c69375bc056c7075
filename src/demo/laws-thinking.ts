import { isObject } from '../base/json.ts';
import { blocksOf, type ConverseBody, type Message, toolIds } from './converse-body.ts';
import type { Family } from './family.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

/** Whether the model will think: its default, unless the request says otherwise. */
export function willThink(body: ConverseBody, family: Family): boolean {
  const fields = body.additionalModelRequestFields;
  if (family.thinking) {
    const type = thinkingType(fields);
    return type === undefined ? family.thinking.defaultOn : type !== 'disabled';
  }
  const nova = fields['reasoningConfig'];
  if (isObject(nova)) return nova['type'] === 'enabled';
  return ['reasoning_effort', 'reasoning'].some((key) => fields[key] !== undefined && fields[key] !== 'none');
}

function thinkingType(fields: Record<string, unknown>): string | undefined {
  const { thinking } = fields;
  return isObject(thinking) ? String(thinking['type']) : undefined;
}

const mode: Law = ({ body, family }) => {
  const type = thinkingType(body.additionalModelRequestFields);
  const modes: readonly string[] = family.thinking?.modes ?? [];
  if (type === undefined || modes.includes(type)) return undefined;
  if (type === 'enabled')
    return refusedByModel(
      `"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.`,
    );
  if (type === 'adaptive') return refusedByModel('adaptive thinking is not supported on this model');
  if (type === 'disabled') return refusedByModel('"thinking.type.disabled" is not supported for this model.');
  return refusedByModel(
    `thinking: Input tag '${type}' found using 'type' does not match any of the expected tags: ${modes.map((name) => `'${name}'`).join(', ')}`,
  );
};

const budget: Law = ({ body }) => {
  const { thinking } = body.additionalModelRequestFields;
  if (!isObject(thinking)) return undefined;
  if (thinking['type'] !== 'enabled')
    return thinking['budget_tokens'] === undefined
      ? undefined
      : refusedByModel(`thinking.${String(thinking['type'])}.budget_tokens: Extra inputs are not permitted`);
  const tokens = thinking['budget_tokens'];
  if (typeof tokens !== 'number') return refusedByModel('thinking.enabled.budget_tokens: Field required');
  if (tokens < 1024)
    return refusedByModel('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  const limit = body.inferenceConfig.maxTokens ?? 4096;
  return tokens >= limit
    ? refusedByModel(
        '`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size',
      )
    : undefined;
};

const effort: Law = ({ body, family }) => {
  const nested = body.additionalModelRequestFields['output_config'];
  const asked = body.outputConfig?.effort ?? (isObject(nested) ? nested['effort'] : undefined);
  if (asked === undefined) return undefined;
  const efforts: readonly string[] = family.thinking?.efforts ?? [];
  if (efforts.length === 0) return refusedByModel('output_config.effort: Extra inputs are not permitted');
  if (!efforts.includes(String(asked)))
    return refusedByModel(`output_config.effort: Input should be ${efforts.map((name) => `'${name}'`).join(' or ')}`);
  const off = thinkingType(body.additionalModelRequestFields) === 'disabled';
  return off && family.thinking?.defaultOn && (asked === 'xhigh' || asked === 'max')
    ? refusedByModel(`effort '${String(asked)}' is not supported when thinking is disabled. Use 'high' or lower.`)
    : undefined;
};

/** Thoughts that come back must be the very ones that were given out, and only where the model takes them. */
const replayed: Law = ({ body, family, thoughts }) => {
  for (const { block, at, index } of blocksOf(body)) {
    const thought = block.reasoningContent;
    if (!thought) continue;
    const { reasoningText, redactedContent } = thought;
    if (family.replay === 'never' || (family.replay === 'redacted' && reasoningText))
      return invalid(
        "This model doesn't support the reasoningContent content block that you provided. Update the content block and try again.",
      );
    if (family.replay === 'unsigned' && reasoningText?.signature !== undefined)
      return invalid(
        "This model doesn't support the reasoningContent.reasoningText.signature field. Remove reasoningContent.reasoningText.signature and try again.",
      );
    if (family.replay !== 'signed') continue;
    if (reasoningText && reasoningText.signature === undefined)
      return refusedByModel(`messages.${at}.content.${index}.thinking.signature: Field required`);
    if (reasoningText && !thoughts.isGenuine(reasoningText.text, reasoningText.signature ?? ''))
      return refusedByModel(`messages.${at}.content.${index}: Invalid \`signature\` in \`thinking\` block`);
    if (redactedContent !== undefined && !thoughts.isGenuineRedacted(redactedContent))
      return refusedByModel(`messages.${at}.content.${index}: Invalid \`data\` in \`redacted_thinking\` block`);
  }
  return undefined;
};

/**
 * With a budget, the turn that made the open calls must begin with its thought. An adaptive model may have called without
 * thinking, so there only a thought that this simulator gave out is missed; by `returnAll` in every turn.
 */
const thoughtsReturned: Law = ({ body, family, thinks, thoughts }) => {
  if (!thinks || family.replay !== 'signed') return undefined;
  const budgeted = thinkingType(body.additionalModelRequestFields) === 'enabled';
  const open = openTurn(body.messages);
  for (const [at, message] of body.messages.entries()) {
    if (message.role !== 'assistant' || (message !== open && !family.thinking?.returnAll)) continue;
    const calls = toolIds(message, 'toolUse');
    const owed = calls.length > 0 && ((message === open && budgeted) || calls.some((id) => thoughts.wasThought(id)));
    if (owed && !thoughtFirst(message)) return expected(at, message);
  }
  return undefined;
};

/** The assistant turn whose results are the last message. */
function openTurn(messages: readonly Message[]): Message | undefined {
  const answered = toolIds(messages.at(-1), 'toolResult').length > 0;
  return answered ? messages.findLast((message) => message.role === 'assistant') : undefined;
}

function thoughtFirst(message: Message): boolean {
  const firstCall = message.content.findIndex((block) => block.toolUse);
  return message.content.slice(0, firstCall).some((block) => block.reasoningContent);
}

function expected(at: number, message: Message) {
  const found = message.content[0]?.text === undefined ? 'tool_use' : 'text';
  return refusedByModel(
    `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`.`,
  );
}

const prefillWithThinking: Law = ({ body, family, thinks }) =>
  thinks && family.vendor === 'anthropic' && body.messages.at(-1)?.role === 'assistant'
    ? refusedByModel(
        'When thinking is enabled, a final `assistant` message must start with a thinking block: prefilling is not supported.',
      )
    : undefined;

/** Modes, budgets, efforts, and the way of thoughts back to the model. */
export const thinkingLaws: readonly Law[] = [mode, budget, effort, replayed, thoughtsReturned, prefillWithThinking];
