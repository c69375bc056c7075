import type { JsonObject, JsonValue } from '../base/json.ts';

/*
 * The Converse request as it travels on the wire: the names and shapes of the service model
 * "bedrock-runtime 2023-09-30". Two differences to the SDK's own types: bytes are base64 text (what JSON carries;
 * the SDK would want Uint8Array and encode again), and each union member is closed.
 */

/** Bytes as RFC 4648 base64 text. */
export type Base64 = string;

export type Role = 'user' | 'assistant' | 'system';

export type Message = { role: Role; content: ContentBlock[] };

export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp';
export type DocumentFormat = 'pdf' | 'csv' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'html' | 'txt' | 'md';
export type AudioFormat =
  | 'mp3'
  | 'opus'
  | 'wav'
  | 'aac'
  | 'flac'
  | 'mp4'
  | 'ogg'
  | 'mkv'
  | 'mka'
  | 'x-aac'
  | 'm4a'
  | 'mpeg'
  | 'mpga'
  | 'pcm'
  | 'webm';
export type VideoFormat = 'mkv' | 'mov' | 'mp4' | 'webm' | 'flv' | 'mpeg' | 'mpg' | 'wmv' | 'three_gp';

export type S3Location = { uri: string; bucketOwner?: string };
export type MediaSource = { bytes: Base64 } | { s3Location: S3Location };

export type ImageBlock = { format: ImageFormat; source: MediaSource };
export type DocumentBlock = {
  format?: DocumentFormat;
  name: string;
  source: MediaSource | { text: string } | { content: { text: string }[] };
  context?: string;
  citations?: { enabled: boolean };
};
export type AudioBlock = { format: AudioFormat; source: MediaSource };
export type VideoBlock = { format: VideoFormat; source: MediaSource };

export type ToolUseBlock = { toolUseId: string; name: string; input: JsonValue };
export type ToolResultContent =
  | { text: string }
  | { json: JsonValue }
  | { image: ImageBlock }
  | { document: DocumentBlock }
  | { video: VideoBlock }
  | { searchResult: SearchResultBlock };
export type ToolResultBlock = { toolUseId: string; content: ToolResultContent[]; status?: 'success' | 'error' };

export type ReasoningBlock = { reasoningText: { text: string; signature?: string } } | { redactedContent: Base64 };

export type CachePoint = { type: 'default'; ttl?: '5m' | '1h' };

export type SearchResultBlock = {
  source: string;
  title: string;
  content: { text: string }[];
  citations?: { enabled: boolean };
};

export type CitationsBlock = { content: { text: string }[]; citations: JsonObject[] };

export type GuardContent =
  | { text: { text: string; qualifiers?: ('grounding_source' | 'query' | 'guard_content')[] } }
  | { image: { format: 'png' | 'jpeg'; source: { bytes: Base64 } } };

/** Exactly one key each, as the service wants it. */
export type ContentBlock =
  | { text: string }
  | { image: ImageBlock }
  | { document: DocumentBlock }
  | { audio: AudioBlock }
  | { video: VideoBlock }
  | { toolUse: ToolUseBlock }
  | { toolResult: ToolResultBlock }
  | { reasoningContent: ReasoningBlock }
  | { cachePoint: CachePoint }
  | { guardContent: GuardContent }
  | { citationsContent: CitationsBlock }
  | { searchResult: SearchResultBlock };

export type SystemBlock = { text: string } | { cachePoint: CachePoint } | { guardContent: GuardContent };

export type ToolSpec = { name: string; description?: string; inputSchema: { json: JsonObject }; strict?: boolean };
export type Tool = { toolSpec: ToolSpec } | { cachePoint: CachePoint } | { systemTool: { name: string } };
export type ToolChoice = { auto: Record<string, never> } | { any: Record<string, never> } | { tool: { name: string } };
export type ToolConfig = { tools: Tool[]; toolChoice?: ToolChoice };

export type InferenceConfig = { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };

export type GuardrailConfig = {
  guardrailIdentifier: string;
  guardrailVersion: string;
  trace?: 'enabled' | 'disabled' | 'enabled_full';
  streamProcessingMode?: 'sync' | 'async';
};

export type ServiceTier = 'priority' | 'default' | 'flex' | 'reserved';

export type OutputConfig = {
  textFormat?: {
    type: 'json_schema';
    /** `schema` is JSON text inside a string. */
    structure: { jsonSchema: { schema: string; name?: string; description?: string } };
  };
  effort?: string;
};

/** The body of Converse and ConverseStream; the model travels in the URL (see `ModelTarget`). */
export type ConverseRequest = {
  messages: Message[];
  system?: SystemBlock[];
  inferenceConfig?: InferenceConfig;
  toolConfig?: ToolConfig;
  guardrailConfig?: GuardrailConfig;
  additionalModelRequestFields?: JsonObject;
  additionalModelResponseFieldPaths?: string[];
  requestMetadata?: Record<string, string>;
  performanceConfig?: { latency: 'standard' | 'optimized' };
  serviceTier?: { type: ServiceTier };
  outputConfig?: OutputConfig;
};
