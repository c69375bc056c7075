import type { Capabilities, PromptCaching, ReasoningCapabilities } from '../converse/model.ts';
import { plainRow } from './plain-row.ts';

/*
 * Rows of all families but Claude. Sources: pydantic-ai 4fda389 (profiles checked live, 2026-07),
 * aws-samples/sample-per-model-bedrock notebooks (outputs of 2026-08-22), AWS user guide (2026-08). What no source
 * establishes stays as in the plain row.
 */

/** The model thinks or not by itself; its thoughts are refused on the way back ("User messages cannot contain reasoning content"). */
const ownReasoning: ReasoningCapabilities = {
  field: 'none',
  modes: [],
  defaultOn: true,
  efforts: [],
  forcedToolChoice: true,
  returnAll: false,
  replay: 'never',
};
const effortReasoning: ReasoningCapabilities = {
  ...ownReasoning,
  field: 'reasoning_effort',
  efforts: ['low', 'medium', 'high'],
};

/** Never on Nova tools, no `ttl`, not after tool blocks (danny-avila/LibreChat#13838). */
const novaCaching: PromptCaching = {
  minTokens: 1536,
  maxPoints: 4,
  ttls: ['5m'],
  ttlField: false,
  fields: ['system', 'messages'],
  afterToolBlocks: false,
};
/** Hyphens in tool names fail always (SEMOSS/Semoss#2892); tools want greedy sampling (strands-agents/harness-sdk#649). */
const nova1: Capabilities = {
  ...plainRow,
  toolChoice: ['auto', 'any', 'tool'],
  toolResultMedia: ['image', 'document'],
  toolResultDocuments: ['csv', 'txt'],
  toolNames: 'hyphenless',
  images: true,
  documents: true,
  video: true,
  topK: 'inferenceConfig.topK',
  prefill: true,
  promptCaching: novaCaching,
  greedyTools: true,
};
const nova2: Capabilities = {
  ...nova1,
  reasoning: {
    ...ownReasoning,
    field: 'reasoningConfig',
    modes: ['enabled', 'disabled'],
    defaultOn: false,
    efforts: ['low', 'medium', 'high'],
    freeAtHigh: true,
  },
};

/** "This model doesn't support tool use in streaming mode"; nothing may stand beside tool results. */
const llama3: Capabilities = {
  ...plainRow,
  tools: false,
  toolStreaming: false,
  besideToolResult: [],
  toolResultMedia: ['image', 'document'],
};
const llama31: Capabilities = { ...llama3, tools: true, documents: true, toolText: 'json' };
const llama4: Capabilities = { ...llama31, images: true };

/** Tool ids of exactly nine characters (vercel/ai#13326). */
const mistral: Capabilities = {
  ...plainRow,
  toolStreaming: false,
  besideToolResult: [],
  toolResultMedia: ['document'],
  toolIds: 'nine',
};
const mistral3: Capabilities = { ...mistral, strictTools: true, structuredOutput: true, documents: true };
const mistralLarge3: Capabilities = { ...mistral3, toolChoice: ['auto', 'any'], images: true };
const mistralText: Capabilities = { ...mistral, tools: false, toolChoice: [], systemPrompt: false };
const voxtral: Capabilities = { ...mistral3, audio: true };

const openWeights: Capabilities = { ...plainRow, documents: true, strictTools: true, structuredOutput: true };
const deepseekV3: Capabilities = { ...openWeights, toolChoice: ['auto', 'any', 'tool'], reasoning: effortReasoning };
/** "doesn't support the stopSequences field". */
const qwen3: Capabilities = {
  ...openWeights,
  documents: false,
  stopSequences: false,
  assistantFirst: true,
  reasoning: { ...effortReasoning, defaultOn: false },
};
const kimi: Capabilities = {
  ...openWeights,
  assistantFirst: true,
  reasoning: effortReasoning,
  toolText: 'sections',
};
const glm: Capabilities = { ...openWeights, stopSequences: false, assistantFirst: true, reasoning: ownReasoning };
const gptOss: Capabilities = {
  ...plainRow,
  documents: true,
  structuredOutput: true,
  stopSequences: false,
  reasoning: effortReasoning,
};
/** Reasoning travels as bytes; text sent back is a 500 (earendil-works/pi#8314). */
const gpt: Capabilities = {
  ...plainRow,
  toolChoice: ['auto', 'any', 'tool'],
  images: true,
  documents: true,
  sampling: 'none',
  stopSequences: false,
  structuredOutput: true,
  reasoning: { ...effortReasoning, field: 'reasoning', replay: 'redacted' },
};
/**
 * Which field takes the effort on Converse no source says outright; the vendor's own chat name is used. Sampling is
 * refused (NousResearch/hermes-agent#111043); `max` is advertised by its 400 and refused all the same.
 */
const grok46: Capabilities = {
  ...gpt,
  stopSequences: true,
  reasoning: {
    ...effortReasoning,
    efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
    replay: 'redacted',
  },
};
const palmyra: Capabilities = {
  ...plainRow,
  toolStreaming: false,
  besideToolResult: [],
  toolResultStatus: false,
  documents: true,
  reasoning: ownReasoning,
};
const textOnly: Capabilities = { ...plainRow, tools: false, toolChoice: [], toolStreaming: false };
const nemotron: Capabilities = { ...plainRow, documents: true, structuredOutput: true, reasoning: ownReasoning };

/** One row for each family besides Claude. */
export const familyRows = {
  'nova-1': nova1,
  'nova-2': nova2,
  'titan-text': { ...textOnly, systemPrompt: false },
  'llama-2': llama3,
  'llama-3': llama3,
  'llama-3.1': llama31,
  'llama-3.2': { ...llama31, documents: false, images: true },
  'llama-3.3': llama31,
  'llama-4': llama4,
  'mistral-7b': mistralText,
  mixtral: mistralText,
  'mistral-small': mistral,
  'mistral-large-1-2': { ...mistral, toolChoice: ['auto', 'any'] },
  'mistral-large-3': mistralLarge3,
  pixtral: { ...mistral, images: true, documents: true },
  devstral: { ...mistral, documents: true },
  magistral: { ...mistral3, images: true, reasoning: ownReasoning },
  'ministral-3': mistral3,
  voxtral,
  'deepseek-r1': { ...textOnly, documents: true, reasoning: ownReasoning },
  'deepseek-v3': deepseekV3,
  qwen3,
  'qwen3-coder': { ...qwen3, reasoning: false },
  'qwen3-vl': { ...qwen3, images: true, reasoning: false },
  'kimi-k2': kimi,
  'kimi-k3': { ...kimi, documents: false },
  glm,
  'minimax-m2': { ...openWeights, reasoning: ownReasoning },
  nemotron,
  'gemma-3': { ...plainRow, images: true, documents: true, structuredOutput: true },
  'gpt-oss': gptOss,
  'gpt-oss-safeguard': { ...gptOss, tools: false, toolChoice: [] },
  'gpt-5.4-5.5': { ...gpt, documents: false, reasoning: { ...effortReasoning, field: 'reasoning', replay: 'never' } },
  'gemma-4': { ...plainRow, images: true },
  'grok-4.3': { ...plainRow, sampling: 'none', reasoning: { ...effortReasoning, field: 'reasoning', replay: 'never' } },
  'gpt-5.6': gpt,
  'gpt-6': { ...gpt, documents: false },
  'gpt-6.1': { ...gpt, documents: false },
  'grok-4.6': grok46,
  palmyra,
  'palmyra-vision': { ...palmyra, tools: false, toolChoice: [], documents: false, images: true, reasoning: false },
  command: textOnly,
  'command-r': plainRow,
  jamba: plainRow,
  'jurassic-2': textOnly,
} satisfies Record<string, Capabilities>;

/** Where one model differs from its family. */
export const familyExceptions: Readonly<Record<string, Partial<Capabilities>>> = {
  'amazon.nova-2-pro-preview-20251202-v1:0': { promptCaching: { ...novaCaching, minTokens: 1024 } },
  'amazon.nova-micro-v1:0': { images: false, documents: false, video: false },
  'amazon.nova-premier-v1:0': { promptCaching: { ...novaCaching, minTokens: 1024 } },
  'amazon.nova-pro-v1:0': { promptCaching: { ...novaCaching, minTokens: 1024 } },
  'ai21.jamba-instruct-v1:0': { tools: false, toolChoice: [] },
  'meta.llama3-1-405b-instruct-v1:0': { documents: false },
  'meta.llama3-2-1b-instruct-v1:0': { tools: false, images: false },
  'meta.llama3-2-3b-instruct-v1:0': { tools: false, images: false },
  'mistral.ministral-3-3b-instruct': { images: true },
  'deepseek.v3-v1:0': { toolChoice: ['auto', 'any'] },
  'qwen.qwen3-235b-a22b-2507-v1:0': { reasoning: false },
  'qwen.qwen3-next-80b-a3b': { reasoning: false },
  'moonshotai.kimi-k2.5': { images: true },
  'nvidia.nemotron-nano-12b-v2': { images: true, reasoning: false },
  'nvidia.nemotron-nano-9b-v2': { reasoning: false },
  'nvidia.nemotron-super-3-120b': { structuredOutput: false },
  'google.gemma-3-12b-it': { tools: false, toolChoice: [] },
  'google.gemma-3-4b-it': { structuredOutput: false },
};
