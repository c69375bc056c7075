import type { InferenceConfig } from '../converse/request.ts';
import { isBlank } from '../converse/turns.ts';
import { type Draft, modestMaxTokens } from './draft.ts';

const defaultMaxTokens = 16_384;

/** The most that Nova's schema allows (Nova user guide, complete request schema). */
const novaTopK = 128;

/** Fits temperature, topP, topK, stop sequences and maxTokens to the row (cases 20, 42–47). */
export function fitInference(draft: Draft): void {
  const given = draft.request.inferenceConfig ?? {};
  const config: InferenceConfig = { ...given };
  fitSampling(draft, config);
  fitStops(draft, config);
  fitMaxTokens(draft, config);
  const same = (Object.keys(config) as (keyof InferenceConfig)[]).every((key) => config[key] === given[key]);
  if (same && Object.keys(config).length === Object.keys(given).length) return;
  const { inferenceConfig: _, ...rest } = draft.request;
  draft.request = Object.keys(config).length > 0 ? { ...rest, inferenceConfig: config } : rest;
}

function fitSampling(draft: Draft, config: InferenceConfig): void {
  const { row, options, note } = draft;
  const wished = config.temperature !== undefined || config.topP !== undefined || options.topK !== undefined;
  if (!wished) {
    if (row.greedyTools && draft.request.toolConfig && !draft.thinking) greedy(draft, config);
    return;
  }
  const thinks = draft.thinking && row.reasoning !== false && row.reasoning.field === 'thinking';
  if (row.sampling === 'none' || thinks || isFree(draft)) {
    drop(draft, config, 'temperature', thinks ? 'the model is thinking' : 'the model refuses it');
    drop(draft, config, 'topP', thinks ? 'the model is thinking' : 'the model refuses it');
    if (options.topK !== undefined) note('top_k dropped', 'the model refuses it');
    return;
  }
  if (row.sampling === 'either' && config.temperature !== undefined) {
    drop(draft, config, 'topP', 'the model takes temperature or topP, not both');
  }
  if (options.topK === undefined) return;
  if (row.topK === 'top_k') draft.fields.top_k = options.topK;
  else if (row.topK === 'inferenceConfig.topK') {
    if (options.topK > novaTopK) note('top_k lowered', `the model takes at most ${novaTopK}`);
    draft.fields.inferenceConfig = { topK: Math.min(options.topK, novaTopK) };
  } else note('top_k dropped', 'the model has no field for it');
}

function greedy(draft: Draft, config: InferenceConfig): void {
  config.temperature = 0;
  config.topP = 1;
  if (draft.row.topK === 'inferenceConfig.topK') draft.fields.inferenceConfig = { topK: 1 };
  draft.note('greedy sampling for tools', 'the model spoils tool calls with its own sampling');
}

/** Nova 2 at high effort wants maxTokens, temperature and topP left out. */
function isFree({ row, fields }: Draft): boolean {
  return (
    row.reasoning !== false &&
    row.reasoning.freeAtHigh === true &&
    fields.reasoningConfig?.maxReasoningEffort === 'high'
  );
}

function fitStops(draft: Draft, config: InferenceConfig): void {
  if (!config.stopSequences) return;
  if (!draft.row.stopSequences) {
    drop(draft, config, 'stopSequences', 'the model refuses them');
    return;
  }
  if (draft.row.blankStops === false) dropBlankStops(draft, config, config.stopSequences);
  if (draft.row.reportsStopSequence && config.stopSequences) {
    const pointer = draft.streaming ? '/delta/stop_sequence' : '/stop_sequence';
    draft.request = { ...draft.request, additionalModelResponseFieldPaths: [pointer] };
  }
}

/** "each stop sequence must contain non-whitespace". */
function dropBlankStops(draft: Draft, config: InferenceConfig, stops: readonly string[]): void {
  const spoken = stops.filter((stop) => !isBlank(stop));
  if (spoken.length === stops.length) return;
  draft.note('blank stop sequences dropped', 'the model refuses stop sequences of white space');
  if (spoken.length > 0) config.stopSequences = spoken;
  else delete config.stopSequences;
}

function fitMaxTokens(draft: Draft, config: InferenceConfig): void {
  if (isFree(draft)) {
    drop(draft, config, 'maxTokens', 'the model wants it left out at high effort');
    return;
  }
  const most = draft.info.maxOutputTokens;
  const { maxTokens } = config;
  if (maxTokens === undefined) {
    const budget = draft.fields.thinking?.budget_tokens ?? 0;
    const room = draft.settings.defaultMaxTokens ?? defaultMaxTokens;
    config.maxTokens = Math.min(budget + room, most ?? modestMaxTokens);
  } else if (most !== undefined && maxTokens > most) {
    config.maxTokens = most;
    draft.note('maxTokens lowered', `the model gives at most ${most}`);
  }
}

function drop(draft: Draft, config: InferenceConfig, key: keyof InferenceConfig, why: string): void {
  if (config[key] === undefined) return;
  delete config[key];
  draft.note(`${key} dropped`, why);
}
