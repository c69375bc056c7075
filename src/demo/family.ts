export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export type Thinking = {
  /** Values of `thinking.type` that the model takes. */
  modes: readonly ('enabled' | 'adaptive' | 'disabled' | 'between_tools')[];
  defaultOn: boolean;
  efforts: readonly Effort[];
  /** All earlier thoughts must come back, not only the last turn's. */
  returnAll: boolean;
};

type CacheFacts = {
  /** Shorter prefixes are silently not cached. */
  minTokens: number;
  ttls: readonly string[];
  fields: readonly ('tools' | 'system' | 'messages')[];
  ttlField: boolean;
};

/** What one model takes and refuses: the simulator's own table, written without a look at the proxy's. */
export type Family = {
  vendor: 'anthropic' | 'amazon' | 'meta' | 'mistral' | 'openai' | 'xai' | 'deepseek' | 'qwen' | 'other';
  tools: boolean;
  toolStreaming: boolean;
  /** Members of `toolChoice` beyond `auto`. */
  toolChoice: readonly ('any' | 'tool')[];
  /** When a forced tool choice is taken. */
  forced: 'always' | 'without-thinking' | 'never';
  strictTools: boolean;
  /** `either`: not both at once; `deprecated`: Claude's words for none; `refused`: Converse's words for none. */
  sampling: 'both' | 'either' | 'deprecated' | 'refused';
  stopSequences: boolean;
  systemPrompt: boolean;
  /** Messages of role `system` in the conversation. */
  systemRole: boolean;
  assistantFirst: boolean;
  /** The conversation may end with an assistant turn. */
  prefill: boolean;
  images: boolean;
  documents: boolean;
  besideToolResult: readonly string[];
  toolResultMedia: readonly string[];
  toolResultStatus: boolean;
  emptyToolResult: boolean;
  nineCharacterIds: boolean;
  textFormat: boolean;
  thinking?: Thinking;
  /** Which reasoning of earlier answers may come back. */
  replay: 'signed' | 'unsigned' | 'redacted' | 'never';
  /** Keys of `additionalModelRequestFields` that the model knows. */
  extraFields: readonly string[];
  /** The beta `context-1m-2025-08-07` still means something. */
  longContextBeta: boolean;
  cache: CacheFacts | false;
  maxTokens: number;
  contextTokens: number;
  /** The bare id cannot be called: an inference profile is needed. */
  profileOnly: boolean;
  countTokens: boolean;
};

/** A model of no known quirks: what rows start from. */
export const plain: Family = {
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
  longContextBeta: false,
  cache: false,
  maxTokens: 8192,
  contextTokens: 128_000,
  profileOnly: false,
  countTokens: false,
};
