import type { Capabilities, PromptCaching, ReasoningCapabilities } from '../converse/model.ts';
import { plainRow } from './plain-row.ts';

/*
 * Claude's rows. Sources: AWS user guide and model cards (2026-08), aws-samples/sample-per-model-bedrock notebooks
 * (outputs of 2026-08-22), pydantic-ai 4fda389 (profiles checked live); the 5.5 and Fable 5.1/5.2 rows rest on
 * Anthropic's pages of 2026-10 alone.
 */

const caching: PromptCaching = {
  minTokens: 1024,
  maxPoints: 4,
  ttls: ['5m'],
  ttlField: false,
  fields: ['tools', 'system', 'messages'],
};
/** The one-hour TTL exists from the 4.5 generation on; older models answer it with 400. */
const hourCaching: PromptCaching = { ...caching, ttls: ['5m', '1h'], ttlField: true };

const budgetThinking: ReasoningCapabilities = {
  field: 'thinking',
  modes: ['enabled', 'disabled'],
  defaultOn: false,
  efforts: [],
  forcedToolChoice: false,
  returnAll: false,
  replay: 'signed',
};
const adaptiveThinking: ReasoningCapabilities = {
  ...budgetThinking,
  modes: ['adaptive', 'disabled'],
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  display: true,
};

const claude3: Capabilities = {
  ...plainRow,
  messagesApi: true,
  toolChoice: ['auto', 'any', 'tool'],
  parallelToolControl: true,
  besideToolResult: ['text', 'image'],
  toolResultMedia: ['image', 'document'],
  images: true,
  documents: true,
  topK: 'top_k',
  assistantFirst: true,
  prefill: true,
  reportsStopSequence: true,
  plainProperties: true,
  blankStops: false,
};
const claude35: Capabilities = { ...claude3, countTokens: true, promptCaching: caching };
const claude37: Capabilities = {
  ...claude35,
  reasoning: budgetThinking,
  betas: ['output-128k-2025-02-19', 'token-efficient-tools-2025-02-19'],
};
const claude4: Capabilities = {
  ...claude35,
  reasoning: budgetThinking,
  betas: ['interleaved-thinking-2025-05-14'],
};
/** temperature and topP together: "cannot both be specified for this model" (BerriAI/litellm#15070). */
const claude41: Capabilities = { ...claude4, sampling: 'either' };
const claude45: Capabilities = {
  ...claude41,
  strictTools: true,
  structuredOutput: true,
  promptCaching: { ...hourCaching, minTokens: 4096 },
};
/** Prefill is disputed for Sonnet 4.6 and refused by Opus 4.6 (anomalyco/opencode#29760). */
const claude46: Capabilities = {
  ...claude45,
  prefill: false,
  betas: [],
  reasoning: {
    ...budgetThinking,
    modes: ['adaptive', 'enabled', 'disabled'],
    efforts: ['low', 'medium', 'high', 'max'],
  },
};
/** "`temperature` is deprecated for this model"; strict tools and output formats are "Extra inputs" (vercel/ai eb16508). */
const claude47: Capabilities = {
  ...claude46,
  sampling: 'none',
  topK: false,
  strictTools: false,
  structuredOutput: false,
  countTokens: false,
  promptCaching: { ...hourCaching, minTokens: 2048 },
  reasoning: adaptiveThinking,
};
const claude48: Capabilities = {
  ...claude47,
  systemMessages: true,
  promptCaching: hourCaching,
  reasoning: { ...adaptiveThinking, forcedToolChoice: true },
};
const claude5: Capabilities = {
  ...claude48,
  reasoning: { ...adaptiveThinking, defaultOn: true, forcedToolChoice: true, disabledCapsEffort: true },
};
const fable5: Capabilities = {
  ...claude48,
  reasoning: { ...adaptiveThinking, modes: ['adaptive'], defaultOn: true, forcedToolChoice: true },
};
/** "tool_choice: type "tool" and "any" are not supported for this model" (BerriAI/litellm#42721). Cache minimum unknown. */
const claude55: Capabilities = {
  ...claude48,
  toolChoice: ['auto'],
  promptCaching: { ...hourCaching, minTokens: 4096 },
  reasoning: {
    ...adaptiveThinking,
    modes: ['adaptive', 'between_tools'],
    defaultOn: true,
    returnAll: true,
  },
};
const fable51: Capabilities = {
  ...claude55,
  reasoning: { ...adaptiveThinking, modes: ['adaptive'], defaultOn: true, returnAll: true },
};

/** What holds for every Claude alike: the row of application profiles, and of a Claude that came after this file. */
const someClaude: Capabilities = {
  ...claude55,
  systemMessages: false,
  prefill: false,
  promptCaching: { ...caching, minTokens: 4096 },
  reasoning: { ...adaptiveThinking, field: 'none', modes: [], efforts: [], defaultOn: false, display: false },
};

/** One row for each generation of Claude. */
export const claudeRows = {
  'claude-2-and-before': { ...plainRow, tools: false, toolChoice: [], assistantFirst: true, topK: 'top_k' },
  'claude-3': claude3,
  'claude-3.5': claude35,
  'claude-3.7': claude37,
  'claude-4': claude4,
  'claude-4.1': claude41,
  'claude-4.5': claude45,
  'claude-4.6': claude46,
  'claude-4.7': claude47,
  'claude-4.8': claude48,
  'claude-5': claude5,
  'claude-5.5': claude55,
  'claude-fable-5': fable5,
  'claude-fable-5.1': fable51,
  'claude-fable-5.2': fable51,
  claude: someClaude,
} satisfies Record<string, Capabilities>;

/** Where one model differs from its family. */
export const claudeExceptions: Readonly<Record<string, Partial<Capabilities>>> = {
  'anthropic.claude-3-5-sonnet-20240620-v1:0': { promptCaching: false },
  'anthropic.claude-3-5-haiku-20241022-v1:0': { promptCaching: { ...caching, minTokens: 2048 } },
  // One million tokens of context by beta: this model alone; retired on 4.5, native on what came after.
  'anthropic.claude-sonnet-4-20250514-v1:0': { betas: ['interleaved-thinking-2025-05-14', 'context-1m-2025-08-07'] },
  'anthropic.claude-sonnet-4-5-20250929-v1:0': { promptCaching: hourCaching },
  'anthropic.claude-opus-4-5-20251101-v1:0': {
    reasoning: { ...budgetThinking, efforts: ['low', 'medium', 'high'] },
  },
  // Structured output was moved off these two in vercel/ai in 2026-09: the service refuses it in places.
  'anthropic.claude-haiku-4-5-20251001-v1:0': { structuredOutput: false },
  'anthropic.claude-sonnet-4-6': { structuredOutput: false, promptCaching: { ...hourCaching, minTokens: 2048 } },
  'anthropic.claude-opus-5': { promptCaching: { ...hourCaching, minTokens: 512 } },
  // The AWS card says that thinking cannot be disabled; the larger of two cache minima in dispute.
  'anthropic.claude-sonnet-5': {
    promptCaching: { ...hourCaching, minTokens: 4096 },
    reasoning: { ...adaptiveThinking, modes: ['adaptive'], defaultOn: true, forcedToolChoice: true },
  },
  'anthropic.claude-haiku-5-5': {
    toolChoice: ['auto', 'any', 'tool'],
    reasoning: {
      ...adaptiveThinking,
      defaultOn: true,
      forcedToolChoice: true,
      returnAll: true,
      disabledCapsEffort: true,
    },
  },
};
