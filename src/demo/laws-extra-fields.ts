import { isObject } from '../base/json.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

const betas = new Set([
  'interleaved-thinking-2025-05-14',
  'token-efficient-tools-2025-02-19',
  'fine-grained-tool-streaming-2025-05-14',
  'output-128k-2025-02-19',
  'dev-full-thinking-2025-05-14',
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'context-management-2025-06-27',
  'effort-2025-11-24',
  'tool-search-tool-2025-10-19',
  'tool-examples-2025-10-29',
  'compact-2026-01-12',
]);

const known: Law = ({ body, family }) => {
  const stranger = Object.keys(body.additionalModelRequestFields).find((key) => !family.extraFields.includes(key));
  return stranger === undefined ? undefined : refusedByModel(`${stranger}: Extra inputs are not permitted`);
};

const nestedKnown: Law = ({ body, family }) => {
  const allowed = {
    thinking: ['type', 'budget_tokens', 'display'],
    output_config: family.textFormat ? ['effort', 'format'] : ['effort'],
  };
  for (const [field, keys] of Object.entries(allowed)) {
    const value = body.additionalModelRequestFields[field];
    if (value === undefined) continue;
    if (!isObject(value)) return refusedByModel(`${field}: Input should be a valid dictionary or object`);
    const stranger = Object.keys(value).find((key) => !keys.includes(key));
    if (stranger !== undefined) return refusedByModel(`${field}.${stranger}: Extra inputs are not permitted`);
  }
  return undefined;
};

const betasKnown: Law = ({ body, family }) => {
  const asked = body.additionalModelRequestFields['anthropic_beta'];
  if (asked === undefined) return undefined;
  if (!Array.isArray(asked)) return refusedByModel('anthropic_beta: Input should be a valid list');
  const refused = asked.some((beta) =>
    beta === 'context-1m-2025-08-07' ? !family.longContextBeta : !betas.has(String(beta)),
  );
  return refused ? refusedByModel('invalid beta flag') : undefined;
};

const topK: Law = ({ body, family }) => {
  const { top_k: own, inferenceConfig: nova } = body.additionalModelRequestFields;
  const value = family.vendor === 'amazon' && isObject(nova) ? nova['topK'] : own;
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0)) return undefined;
  return refusedByModel('top_k: Input should be a valid integer');
};

/** Only to switch off parallel calls: anything else belongs into `toolConfig.toolChoice`. */
const parallelSwitch: Law = ({ body }) => {
  const choice = body.additionalModelRequestFields['tool_choice'];
  if (choice === undefined) return undefined;
  if (!body.toolConfig) return refusedByModel('tool_choice may only be specified while providing tools');
  const own = Object.keys(body.toolConfig.toolChoice ?? {})[0];
  if (own !== undefined && isObject(choice)) {
    const twice = Object.keys(choice).find((key) => key === 'type' || key === 'name');
    if (twice === undefined) return undefined;
    const field = `tool_choice/${twice}`;
    return invalid(
      `The additional field ${field} conflicts with the existing field toolConfig.toolChoice.${own}. Remove ${field} and try again.`,
    );
  }
  return isObject(choice) && ['auto', 'any', 'tool', 'none'].includes(String(choice['type']))
    ? undefined
    : refusedByModel('tool_choice: Input tag does not match any of the expected tags: auto, any, tool, none');
};

const efforts: Law = ({ body, family }) => {
  const { reasoning_effort: flat, reasoning: nested } = body.additionalModelRequestFields;
  if (
    flat !== undefined &&
    !['low', 'medium', 'high', ...(family.vendor === 'xai' ? ['none', 'xhigh'] : [])].includes(String(flat))
  )
    return refusedByModel(`Invalid reasoning_effort: ${String(flat)}. Expected one of low, medium, high.`);
  if (nested !== undefined && !(isObject(nested) && typeof nested['effort'] === 'string'))
    return refusedByModel('reasoning: Input should be an object with a member effort');
  return undefined;
};

/** `additionalModelRequestFields`: Bedrock hands it on unread, and the model refuses what it does not know. */
export const extraFieldLaws: readonly Law[] = [known, nestedKnown, betasKnown, topK, parallelSwitch, efforts];
