import type { Effort } from './options.ts';
import type { DocumentBlock } from './request.ts';

/**
 * What a model family can do and refuses; one row per family in `bedrock/models`, data only.
 * Shared code asks a row for a capability, never a model's name.
 */
export type Capabilities = {
  tools: boolean;
  /** `false`: tools only without streaming. */
  toolStreaming: boolean;
  /** The `toolChoice` members the model takes; `auto` is the same as none. */
  toolChoice: readonly ('auto' | 'any' | 'tool')[];
  strictTools: boolean;
  parallelToolControl: boolean;
  /** Kinds of block allowed beside `toolResult` in one user turn. */
  besideToolResult: readonly ('text' | 'image' | 'document')[];
  toolResultStatus: boolean;
  /** Media kinds allowed inside `toolResult`. */
  toolResultMedia: readonly ('image' | 'document')[];
  /** The formats that a document inside `toolResult` may have; absent: any. */
  toolResultDocuments?: readonly DocumentBlock['format'][];
  /** `hyphenless` and `nine`: what the family demands beyond the service's own pattern. */
  toolNames: 'plain' | 'hyphenless';
  toolIds: 'plain' | 'nine';
  /** Properties at the top of a tool's schema must match `[a-zA-Z0-9_.-]{1,64}`; absent: any name is taken. */
  plainProperties?: true;
  systemPrompt: boolean;
  systemMessages: boolean;
  streaming: boolean;
  images: boolean;
  documents: boolean;
  audio: boolean;
  video: boolean;
  sampling: 'both' | 'either' | 'none';
  stopSequences: boolean;
  /** Where `top_k` goes; `false`: it is refused. */
  topK: 'top_k' | 'inferenceConfig.topK' | false;
  assistantFirst: boolean;
  prefill: boolean;
  structuredOutput: boolean;
  reasoning: ReasoningCapabilities | false;
  promptCaching: PromptCaching | false;
  countTokens: boolean;
  /** InvokeModel takes Anthropic's Messages bodies for it. */
  messagesApi?: boolean;
  /** Anthropic betas that the model takes; absent: none. */
  betas?: readonly string[];
  /** Tool calls go wrong with the model's own sampling: temperature 0, topP 1 and topK 1 unless the client chose. */
  greedyTools?: boolean;
  /** It makes vectors of texts and answers nothing else. */
  embeddings?: true;
  /** The model at times writes a tool call into its text: as JSON (Llama) or between control tokens (Kimi). */
  toolText?: 'json' | 'sections';
  /** `false`: a stop sequence of white space alone is refused. */
  blankStops?: boolean;
  /** The model tells which stop sequence fired when asked by `additionalModelResponseFieldPaths`. */
  reportsStopSequence?: boolean;
};

/** How a model thinks, and what it wants of its thinking back. */
export type ReasoningCapabilities = {
  /** Which field carries the wish. */
  field: 'thinking' | 'reasoningConfig' | 'reasoning_effort' | 'reasoning' | 'none';
  /** Values of `thinking.type` that the model accepts. */
  modes: readonly ('enabled' | 'adaptive' | 'disabled' | 'between_tools')[];
  defaultOn: boolean;
  efforts: readonly Effort[];
  forcedToolChoice: boolean;
  /** All earlier thinking must come back, not only the last turn's. */
  returnAll: boolean;
  /** `signed`: only with its signature; `plain`: unsigned text is fine; `redacted`: bytes only; `never`. */
  replay: 'signed' | 'plain' | 'redacted' | 'never';
  /** The thinking text is empty unless `display` asks for it. */
  display?: boolean;
  /** With thinking disabled, effort may be `high` at most. */
  disabledCapsEffort?: boolean;
  /** At this effort and above maxTokens, temperature and topP must be left out. */
  freeAtHigh?: boolean;
};

/** Where a model takes cache points, and how many. */
export type PromptCaching = {
  minTokens: number;
  maxPoints: number;
  ttls: readonly ('5m' | '1h')[];
  ttlField: boolean;
  fields: readonly ('tools' | 'system' | 'messages')[];
  /** `false`: not straight after toolUse and toolResult. */
  afterToolBlocks?: boolean;
};

/** USD per million tokens. An absent field is unknown, never zero. */
export type Price = {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
};

/** A model as `GET /v1/models` and the policies see it. */
export type ModelInfo = {
  /** The bare Bedrock id. */
  id: string;
  name: string;
  provider: string;
  family: string;
  /** Aliases that resolve to it, the neutral one first. */
  aliases: readonly string[];
  contextTokens?: number;
  maxOutputTokens?: number;
  capabilities: Capabilities;
  released?: string;
};

/** A model's name resolved for one account and Region: what is dialled, and what it can do. */
export type ModelTarget = {
  /** What goes into the URL: an inference profile, a bare id, or an ARN. */
  modelId: string;
  region: string;
  info: ModelInfo;
  price?: Price;
  /** Effort asked for by the name's suffix (`…-high`); an effort in the body wins. */
  effort?: Effort;
  /** Bedrock's OpenAI-compatible endpoint serves it; absent: Converse. */
  endpoint?: 'mantle';
  /** `false`: the name was unknown and the default model stands in for it. */
  known: boolean;
};

/** The models that this proxy offers. */
export type Catalogue = {
  /** Never fails for an unknown name: Bedrock decides. Throws `unknown_model` only where the settings demand a known one. */
  resolve(name: string): ModelTarget | Promise<ModelTarget>;
  /** What `GET /v1/models` shows, in the order of the list. */
  list(): readonly ModelInfo[] | Promise<readonly ModelInfo[]>;
};
