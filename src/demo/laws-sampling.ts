import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

const maxTokens: Law = ({ body, family }) => {
  const asked = body.inferenceConfig.maxTokens;
  return asked !== undefined && asked > family.maxTokens
    ? invalid(
        `The maximum tokens you requested exceeds the model limit of ${family.maxTokens}. Try again with a maximum tokens value that is lower than ${family.maxTokens}.`,
      )
    : undefined;
};

const stopSequences: Law = ({ body, family }) => {
  const stops = body.inferenceConfig.stopSequences;
  if (stops === undefined) return undefined;
  if (!family.stopSequences) return unsupportedField('stopSequences');
  return family.vendor === 'anthropic' && stops.some((stop) => stop.trim() === '')
    ? refusedByModel('stop_sequences: each stop sequence must contain non-whitespace')
    : undefined;
};

const sampling: Law = ({ body, family }) => {
  const { temperature, topP } = body.inferenceConfig;
  if (temperature === undefined && topP === undefined) return undefined;
  switch (family.sampling) {
    case 'both':
      return undefined;
    case 'either':
      return temperature !== undefined && topP !== undefined
        ? refusedByModel('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
        : undefined;
    case 'deprecated':
      return refusedByModel(`\`${temperature !== undefined ? 'temperature' : 'top_p'}\` is deprecated for this model.`);
    case 'refused':
      return unsupportedField(temperature !== undefined ? 'temperature' : 'topP');
    default:
      return family.sampling satisfies never;
  }
};

const unsupportedField = (name: string) =>
  invalid(`This model doesn't support the ${name} field. Remove ${name} and try again.`);

const samplingWithThinking: Law = ({ body, thinks, family }) => {
  if (!thinks || family.vendor !== 'anthropic') return undefined;
  const { temperature, topP } = body.inferenceConfig;
  if (temperature !== undefined && temperature !== 1)
    return refusedByModel('`temperature` may only be set to 1 when thinking is enabled.');
  if (topP !== undefined && topP < 0.95)
    return refusedByModel('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.');
  return body.additionalModelRequestFields['top_k'] !== undefined
    ? refusedByModel('`top_k` must be unset when thinking is enabled.')
    : undefined;
};

const novaThinksAlone: Law = ({ body, family }) => {
  const wish = body.additionalModelRequestFields['reasoningConfig'];
  const high = JSON.stringify(wish ?? null).includes('"maxReasoningEffort":"high"');
  const { maxTokens: limit, temperature, topP } = body.inferenceConfig;
  return family.vendor === 'amazon' && high && (limit ?? temperature ?? topP) !== undefined
    ? invalid('maxTokens, temperature and topP must be unset when maxReasoningEffort is high.')
    : undefined;
};

const latency: Law = ({ body, family }) =>
  body.performanceConfig?.latency === 'optimized' && family.vendor !== 'meta'
    ? invalid('Latency performance configuration is not supported for this model.')
    : undefined;

/** Limits and sampling, alone and together with thinking. */
export const samplingLaws: readonly Law[] = [
  maxTokens,
  stopSequences,
  sampling,
  samplingWithThinking,
  novaThinksAlone,
  latency,
];
