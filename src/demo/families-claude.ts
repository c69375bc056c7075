import { type Effort, type Family, plain, type Thinking } from './family.ts';

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

/** Claude's rows, in the order in which they are tried. */
export const claudeRows: readonly (readonly [RegExp, Family])[] = [
  [/^anthropic\.claude-3-(haiku|sonnet|opus)-/, { ...claude, cache: false }],
  [/^anthropic\.claude-3-5-sonnet-20240620/, { ...claude, cache: false, countTokens: true }],
  [/^anthropic\.claude-3-5-sonnet/, { ...claude, maxTokens: 8192, countTokens: true }],
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
  [/^anthropic\.claude-sonnet-4-2025/, thinkingClaude(budgeted, { longContextBeta: true, countTokens: true })],
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
  [/^anthropic\.claude-opus-5/, claude5({}, { cache: longCache(512) })],
  [/^anthropic\.claude-sonnet-5/, claude5({})],
  [/^anthropic\.claude-(v1|v2|instant)/, { ...claude, tools: false, images: false, cache: false }],
];
