import { type Family, plain } from './family.ts';

const novaCache = (minTokens: number): Family['cache'] => ({
  minTokens,
  ttls: ['5m'],
  fields: ['system', 'messages'],
  ttlField: false,
});

const nova: Family = {
  ...plain,
  vendor: 'amazon',
  toolChoice: ['any', 'tool'],
  images: true,
  extraFields: ['inferenceConfig'],
  cache: novaCache(1024),
  maxTokens: 10_000,
  contextTokens: 300_000,
};

const llama: Family = {
  ...plain,
  vendor: 'meta',
  tools: false,
  toolStreaming: false,
  besideToolResult: [],
  maxTokens: 8192,
  extraFields: ['max_gen_len'],
};
const mistral: Family = {
  ...plain,
  vendor: 'mistral',
  besideToolResult: [],
  toolResultMedia: ['document'],
  nineCharacterIds: true,
};
const openWeights: Family = { ...plain, extraFields: ['reasoning_effort'], toolResultMedia: [] };

const kimi: Family = { ...openWeights, assistantFirst: true, textFormat: true, strictTools: true };
const glm: Family = { ...kimi, stopSequences: false };

/** The rows of all other vendors, in the order in which they are tried. */
export const openRows: readonly (readonly [RegExp, Family])[] = [
  [
    /^amazon\.nova-2-/,
    {
      ...nova,
      cache: novaCache(1536),
      profileOnly: true,
      maxTokens: 65_535,
      contextTokens: 1_000_000,
      extraFields: ['inferenceConfig', 'reasoningConfig'],
      replay: 'unsigned',
    },
  ],
  [/^amazon\.nova-micro/, { ...nova, cache: novaCache(1536), images: false, documents: false, contextTokens: 128_000 }],
  [/^amazon\.nova-premier/, { ...nova, profileOnly: true, contextTokens: 1_000_000 }],
  [/^amazon\.nova-pro/, nova],
  [/^amazon\.nova-lite/, { ...nova, cache: novaCache(1536) }],
  [
    /^amazon\.titan-text/,
    {
      ...plain,
      vendor: 'amazon',
      tools: false,
      systemPrompt: false,
      documents: false,
      maxTokens: 8000,
      contextTokens: 42_000,
    },
  ],
  [
    /^meta\.llama4-/,
    { ...llama, tools: true, images: true, profileOnly: true, maxTokens: 16_384, contextTokens: 1_000_000 },
  ],
  [/^meta\.llama3-2-(11|90)b/, { ...llama, tools: true, images: true, maxTokens: 4096 }],
  [/^meta\.llama3-2-/, { ...llama, maxTokens: 4096 }],
  [/^meta\.llama3-[13]-/, { ...llama, tools: true, maxTokens: 4096 }],
  [/^meta\.llama3-/, { ...llama, contextTokens: 8192 }],
  [
    /^mistral\.(mistral-7b|mixtral)/,
    { ...mistral, tools: false, systemPrompt: false, documents: false, maxTokens: 8191, contextTokens: 32_000 },
  ],
  [
    /^mistral\.mistral-large-3-/,
    { ...mistral, toolChoice: ['any'], images: true, textFormat: true, strictTools: true, contextTokens: 256_000 },
  ],
  [/^mistral\.mistral-large-24/, { ...mistral, toolStreaming: false, toolChoice: ['any'], maxTokens: 8191 }],
  [/^mistral\.pixtral/, { ...mistral, toolStreaming: false, images: true, profileOnly: true }],
  [/^mistral\.mistral-small/, { ...mistral, toolStreaming: false }],
  [/^mistral\.voxtral-small/, { ...mistral, toolStreaming: false, textFormat: true, strictTools: true }],
  [/^mistral\.devstral/, mistral],
  [/^mistral\.(ministral-3-(8|14)b|voxtral)/, { ...mistral, textFormat: true, strictTools: true }],
  [/^mistral\./, { ...mistral, images: true, textFormat: true, strictTools: true, maxTokens: 40_000 }],
  [
    /^openai\.gpt-oss-safeguard/,
    { ...openWeights, vendor: 'openai', tools: false, stopSequences: false, textFormat: true, replay: 'unsigned' },
  ],
  [
    /^openai\.gpt-oss-/,
    { ...openWeights, vendor: 'openai', stopSequences: false, textFormat: true, replay: 'unsigned', maxTokens: 16_384 },
  ],
  [
    /^openai\.gpt-/,
    {
      ...plain,
      vendor: 'openai',
      toolChoice: ['any', 'tool'],
      sampling: 'refused',
      stopSequences: false,
      images: true,
      textFormat: true,
      extraFields: ['reasoning'],
      replay: 'redacted',
      maxTokens: 128_000,
      contextTokens: 1_050_000,
      profileOnly: true,
    },
  ],
  [
    /^xai\.grok-/,
    {
      ...plain,
      vendor: 'xai',
      toolChoice: ['any', 'tool'],
      sampling: 'refused',
      images: true,
      textFormat: true,
      extraFields: ['reasoning_effort', 'max_tokens'],
      replay: 'redacted',
      maxTokens: 64_000,
      profileOnly: true,
    },
  ],
  [/^deepseek\.r1-/, { ...openWeights, vendor: 'deepseek', tools: false, profileOnly: true, maxTokens: 32_768 }],
  [
    /^deepseek\.v3-/,
    {
      ...openWeights,
      vendor: 'deepseek',
      toolChoice: ['any'],
      textFormat: true,
      strictTools: true,
      extraFields: ['reasoning_effort', 'reasoning_config'],
      maxTokens: 81_920,
    },
  ],
  [
    /^deepseek\./,
    {
      ...openWeights,
      vendor: 'deepseek',
      toolChoice: ['any', 'tool'],
      textFormat: true,
      strictTools: true,
      extraFields: ['reasoning_effort', 'reasoning_config'],
      maxTokens: 81_920,
    },
  ],
  [
    /^qwen\.qwen3-vl/,
    {
      ...openWeights,
      vendor: 'qwen',
      assistantFirst: true,
      stopSequences: false,
      images: true,
      documents: false,
      textFormat: true,
      strictTools: true,
      extraFields: ['reasoning_effort', 'reasoning_config'],
      maxTokens: 262_000,
      contextTokens: 262_000,
    },
  ],
  [
    /^qwen\./,
    {
      ...openWeights,
      vendor: 'qwen',
      assistantFirst: true,
      stopSequences: false,
      documents: false,
      textFormat: true,
      strictTools: true,
      extraFields: ['reasoning_effort', 'reasoning_config'],
      maxTokens: 16_384,
    },
  ],
  [/^moonshotai\.kimi-k3/, { ...kimi, images: true, profileOnly: true }],
  [/^moonshotai\./, { ...kimi, images: true }],
  [/^moonshot\./, kimi],
  [/^zai\.glm-5\.3/, { ...glm, profileOnly: true }],
  [/^zai\./, glm],
  [/^google\.gemma-3-12b/, { ...openWeights, tools: false, images: true, textFormat: true }],
  [/^google\.gemma-3-27b/, { ...openWeights, images: true, textFormat: true }],
  [/^google\./, { ...openWeights, images: true }],
  [/^minimax\./, { ...openWeights, textFormat: true, strictTools: true }],
  [/^nvidia\.nemotron-nano-12b/, { ...openWeights, emptyToolResult: false, images: true, textFormat: true }],
  [/^nvidia\.nemotron-super/, { ...openWeights, emptyToolResult: false }],
  [/^nvidia\./, { ...openWeights, emptyToolResult: false, textFormat: true }],
  [/^writer\./, { ...plain, toolStreaming: false, toolResultStatus: false, besideToolResult: [] }],
  [/^ai21\.(j2|jamba-instruct)|^cohere\.command-(light-)?text/, { ...openWeights, tools: false, toolStreaming: false }],
  [/^(ai21|cohere)\./, openWeights],
];
