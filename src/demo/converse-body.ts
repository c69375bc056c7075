/*
 * The parts of a Converse request that the simulator reads. A value of these types has passed `refuseShape`, which is
 * what makes them true.
 */
type ToolUse = { toolUseId: string; name: string; input: unknown };
export type Media = {
  format?: string;
  source: { bytes?: string; text?: string; content?: { text: string }[] };
  name?: string;
  citations?: { enabled: boolean };
};
export type CachePoint = { type: 'default'; ttl?: string };
type ResultContent = { json?: unknown; text?: string; image?: Media; document?: Media; video?: Media };
type ToolResult = { toolUseId: string; content: ResultContent[]; status?: string };
type Reasoning = { reasoningText?: { text: string; signature?: string }; redactedContent?: string };

/** Exactly one member is set. */
export type Block = {
  text?: string;
  image?: Media;
  document?: Media;
  video?: Media;
  audio?: Media;
  toolUse?: ToolUse;
  toolResult?: ToolResult;
  cachePoint?: CachePoint;
  reasoningContent?: Reasoning;
  citationsContent?: { content?: { text: string }[] };
};

export type Message = { role: 'user' | 'assistant' | 'system'; content: Block[] };
type SystemBlock = { text?: string; cachePoint?: CachePoint };
export type ToolSpec = {
  name: string;
  description?: string;
  inputSchema: { json: Record<string, unknown> };
  strict?: boolean;
};
type Tool = { toolSpec?: ToolSpec; systemTool?: { name: string }; cachePoint?: CachePoint };
type ToolChoice = { auto?: object; any?: object; tool?: { name: string } };

export type ConverseBody = {
  messages: Message[];
  system: SystemBlock[];
  inferenceConfig: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  toolConfig?: { tools: Tool[]; toolChoice?: ToolChoice };
  additionalModelRequestFields: Record<string, unknown>;
  additionalModelResponseFieldPaths?: string[];
  outputConfig?: { textFormat?: { structure: { jsonSchema: { schema: string } } }; effort?: string };
  serviceTier?: { type: string };
  performanceConfig?: { latency?: string };
};

/** What kind of block it is: the name of its one member. */
export function kindOf(block: object): string {
  return Object.keys(block)[0] ?? '';
}

/** Every content block with the place the service's texts give it. */
export function* blocksOf(
  body: ConverseBody,
): Generator<{ block: Block; message: Message; at: number; index: number }> {
  for (const [at, message] of body.messages.entries())
    for (const [index, block] of message.content.entries()) yield { block, message, at, index };
}

/** The ids of all calls, or of all results, of one message. */
export function toolIds(message: Message | undefined, kind: 'toolUse' | 'toolResult'): string[] {
  return (message?.content ?? []).flatMap((block) => block[kind]?.toolUseId ?? []);
}
