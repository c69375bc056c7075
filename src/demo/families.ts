import type { Effort, Family, Thinking } from './family.ts';

const plain: Family = {
  vendor: 'other',
  tools: true,
  toolStreaming: true,
  toolChoice: [],
  forced: 'always',
  strictTools: false,
  sampling: 'both',
  stopSequences: true,
  systemPrompt: true,
  systemRole: false,
  assistantFirst: false,
  prefill: true,
  images: false,
  documents: true,
  besideToolResult: ['text', 'image', 'document'],
  toolResultMedia: ['image', 'document'],
  toolResultStatus: true,
  emptyToolResult: true,
  nineCharacterIds: false,
  textFormat: false,
  replay: 'never',
  extraFields: [],
  cache: false,
  maxTokens: 8192,
  contextTokens: 128_000,
  profileOnly: false,
  countTokens: false,
};

const everyEffort: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

const claude: Family = {
  ...plain,
  vendor: 'anthropic',
  toolChoice: ['any', 'tool'],
  forced: 'without-thinking',
  assistantFirst: true,
  images: true,
  besideToolResult: ['text', 'image', 'document'],
  replay: 'signed',
  extraFields: ['anthropic_beta', 'tool_choice', 'tools', 'top_k'],
  cache: { minTokens: 1024, ttls: ['5m'], fields: ['tools', 'system', 'messages'], ttlField: true },
  maxTokens: 4096,
  contextTokens: 200_000,
};

/** Claude that thinks: the modes and efforts of its generation, and the two fields that carry them. */
function thinkingClaude(thinking: Thinking, over: Partial<Family>): Family {
  const fields = thinking.efforts.length > 0 || over.textFormat ? ['thinking', 'output_config'] : ['thinking'];
  return {
    ...claude,
    thinking,
    maxTokens: 64_000,
    profileOnly: true,
    ...over,
    extraFields: [...(over.extraFields ?? claude.extraFields), ...fields],
  };
}

const budgeted: Thinking = { modes: ['enabled', 'disabled'], defaultOn: false, efforts: [], returnAll: false };
const longCache = (minTokens: number): Family['cache'] => ({
  minTokens,
  ttls: ['5m', '1h'],
  fields: ['tools', 'system', 'messages'],
  ttlField: true,
});

const claude46: Family = thinkingClaude(
  {
    modes: ['adaptive', 'enabled', 'disabled'],
    defaultOn: false,
    efforts: ['low', 'medium', 'high', 'max'],
    returnAll: false,
  },
  {
    sampling: 'either',
    prefill: false,
    textFormat: true,
    strictTools: true,
    cache: longCache(4096),
    maxTokens: 128_000,
    contextTokens: 1_000_000,
    countTokens: true,
  },
);

const claude47: Family = thinkingClaude(
  { modes: ['adaptive', 'disabled'], defaultOn: false, efforts: everyEffort, returnAll: false },
  {
    sampling: 'deprecated',
    prefill: false,
    cache: longCache(2048),
    maxTokens: 128_000,
    contextTokens: 1_000_000,
    extraFields: ['anthropic_beta', 'tool_choice', 'tools'],
  },
);

/** The fifth generation thinks unless told not to; `over` names what a model of it does otherwise. */
function claude5(thinking: Partial<Thinking>, over: Partial<Family> = {}): Family {
  const base: Thinking = { modes: ['adaptive', 'disabled'], defaultOn: true, efforts: everyEffort, returnAll: false };
  return {
    ...claude47,
    thinking: { ...base, ...thinking },
    forced: 'always',
    systemRole: true,
    cache: longCache(1024),
    ...over,
  };
}

const claude55 = claude5(
  { modes: ['adaptive', 'between_tools'], returnAll: true },
  { forced: 'never', toolChoice: [] },
);

const nova: Family = {
  ...plain,
  vendor: 'amazon',
  toolChoice: ['any', 'tool'],
  images: true,
  extraFields: ['inferenceConfig'],
  cache: { minTokens: 1024, ttls: ['5m'], fields: ['system', 'messages'], ttlField: false },
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

/** Rows in the order in which they are tried; the pattern is matched against the bare model id. */
const rows: readonly (readonly [RegExp, Family])[] = [
  [/^anthropic\.claude-3-(haiku|sonnet|opus)-/, { ...claude, cache: false }],
  [/^anthropic\.claude-3-5-sonnet-20240620/, { ...claude, cache: false, countTokens: true }],
  [
    /^anthropic\.claude-3-5-/,
    {
      ...claude,
      maxTokens: 8192,
      cache: { minTokens: 2048, ttls: ['5m'], fields: ['tools', 'system', 'messages'], ttlField: true },
      countTokens: true,
    },
  ],
  [/^anthropic\.claude-3-7-/, thinkingClaude(budgeted, { countTokens: true })],
  [
    /^anthropic\.claude-opus-4-1-/,
    thinkingClaude(budgeted, { sampling: 'either', maxTokens: 32_000, countTokens: true }),
  ],
  [/^anthropic\.claude-opus-4-2025/, thinkingClaude(budgeted, { maxTokens: 32_000, countTokens: true })],
  [/^anthropic\.claude-sonnet-4-2025/, thinkingClaude(budgeted, { countTokens: true })],
  [
    /^anthropic\.claude-opus-4-5-/,
    thinkingClaude(
      { ...budgeted, efforts: ['low', 'medium', 'high'] },
      { sampling: 'either', textFormat: true, strictTools: true, cache: longCache(4096), countTokens: true },
    ),
  ],
  [
    /^anthropic\.claude-haiku-4-5-/,
    thinkingClaude(budgeted, {
      sampling: 'either',
      textFormat: true,
      strictTools: true,
      cache: longCache(4096),
      countTokens: true,
    }),
  ],
  [
    /^anthropic\.claude-sonnet-4-5-/,
    thinkingClaude(budgeted, {
      sampling: 'either',
      textFormat: true,
      strictTools: true,
      cache: longCache(1024),
      countTokens: true,
    }),
  ],
  [/^anthropic\.claude-opus-4-6/, claude46],
  [/^anthropic\.claude-sonnet-4-6/, { ...claude46, maxTokens: 64_000, cache: longCache(1024) }],
  [/^anthropic\.claude-opus-4-7/, claude47],
  [/^anthropic\.claude-opus-4-8/, { ...claude47, forced: 'always', systemRole: true, cache: longCache(1024) }],
  [/^anthropic\.claude-(opus|sonnet)-5-5/, claude55],
  [/^anthropic\.claude-haiku-5-5/, claude5({ returnAll: true })],
  [
    /^anthropic\.claude-fable-5-[12]/,
    claude5({ modes: ['adaptive'], returnAll: true }, { forced: 'never', toolChoice: [] }),
  ],
  [/^anthropic\.claude-fable-5/, claude5({ modes: ['adaptive'] })],
  [/^anthropic\.claude-(opus|sonnet)-5/, claude5({})],
  [
    /^amazon\.nova-2-/,
    {
      ...nova,
      profileOnly: true,
      maxTokens: 65_535,
      contextTokens: 1_000_000,
      extraFields: ['inferenceConfig', 'reasoningConfig'],
      replay: 'unsigned',
    },
  ],
  [/^amazon\.nova-micro/, { ...nova, images: false, documents: false, contextTokens: 128_000 }],
  [/^amazon\.nova-premier/, { ...nova, profileOnly: true, contextTokens: 1_000_000 }],
  [/^amazon\.nova-(lite|pro)/, nova],
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
  [/^mistral\.(mistral-small|pixtral|voxtral-small)/, { ...mistral, toolStreaming: false, images: true }],
  [/^mistral\./, { ...mistral, images: true, textFormat: true, strictTools: true, maxTokens: 40_000 }],
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
  [
    /^moonshot(ai)?\./,
    { ...openWeights, assistantFirst: true, textFormat: true, maxTokens: 16_000, contextTokens: 262_143 },
  ],
  [/^zai\./, { ...openWeights, assistantFirst: true, stopSequences: false, textFormat: true, maxTokens: 65_536 }],
  [/^nvidia\./, { ...openWeights, emptyToolResult: false, textFormat: true }],
  [/^writer\./, { ...plain, toolStreaming: false, toolResultStatus: false, besideToolResult: [] }],
  [/^(ai21|cohere|google|minimax)\./, openWeights],
];

/** The facts about a bare model id; `undefined`: the service knows no such model. */
export function familyOf(bareId: string): Family | undefined {
  return rows.find(([pattern]) => pattern.test(bareId))?.[1];
}
