import * as z from 'zod';
import { isObject, type JsonObject } from '../../base/json.ts';

/*
 * The body of POST /v1/messages as Anthropic documents it (API version 2023-06-01). Objects are loose: fields that
 * nobody here reads pass by. Values that only travel on (tool inputs, JSON schemas) are not walked.
 */

const jsonObject = z.custom<JsonObject>(isObject, 'Input should be a valid dictionary');
const cacheControl = z.looseObject({ ttl: z.enum(['5m', '1h']).nullish() }).nullish();
const marked = { cache_control: cacheControl };
const citations = z.looseObject({ enabled: z.boolean().nullish() }).nullish();

const text = z.looseObject({
  type: z.literal('text'),
  text: z.string(),
  citations: z.array(z.unknown()).nullish(),
  ...marked,
});

const base64Source = z.looseObject({ type: z.literal('base64'), media_type: z.string(), data: z.string() });
const urlSource = z.looseObject({ type: z.literal('url'), url: z.string() });
const fileSource = z.looseObject({ type: z.literal('file'), file_id: z.string() });

const image = z.looseObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, fileSource]),
  ...marked,
});

const document = z.looseObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    base64Source,
    urlSource,
    fileSource,
    z.looseObject({ type: z.literal('text'), data: z.string() }),
    z.looseObject({
      type: z.literal('content'),
      content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, image]))]),
    }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations,
  ...marked,
});

const searchResult = z.looseObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(text),
  citations,
  ...marked,
});

const toolReference = z.looseObject({ type: z.literal('tool_reference'), tool_name: z.string() });

const toolResultPart = z.discriminatedUnion('type', [text, image, document, searchResult, toolReference]);

const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(toolResultPart)]).nullish(),
  is_error: z.boolean().nullish(),
  ...marked,
});

/** Blocks that Anthropic's own service makes or acts on. */
const serverBlock = z.looseObject({
  type: z.enum([
    'server_tool_use',
    'web_search_tool_result',
    'web_fetch_tool_result',
    'code_execution_tool_result',
    'bash_code_execution_tool_result',
    'text_editor_code_execution_tool_result',
    'tool_search_tool_result',
    'mcp_tool_use',
    'mcp_tool_result',
    'container_upload',
    'compaction',
    'advisor_tool_result',
    'mcp_tool_listing',
    'fallback',
  ]),
});

const tool = z.looseObject({
  type: z.string().nullish(),
  name: z.string().optional(),
  description: z.string().nullish(),
  input_schema: jsonObject.optional(),
  strict: z.boolean().nullish(),
  ...marked,
});

/** A system turn's word that a tool is there from now on, or no longer (beta mid-conversation-tool-changes-2026-07-01). */
const toolChange = z.looseObject({
  type: z.enum(['tool_addition', 'tool_removal']),
  tool: z.looseObject({ type: z.string(), name: z.string().optional(), definition: tool.optional() }),
});

const block = z.discriminatedUnion('type', [
  text,
  image,
  document,
  searchResult,
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().nullish() }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.looseObject({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.unknown().optional(),
    ...marked,
  }),
  toolResult,
  toolChange,
  serverBlock,
]);

const outputFormat = z.looseObject({ type: z.literal('json_schema'), schema: jsonObject });

const outputConfig = z
  .looseObject({
    effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
    format: outputFormat.nullish(),
  })
  .nullish();

const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(block)]),
  output_config: outputConfig,
});

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };
const toolChoice = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('auto'), ...parallel }),
  z.looseObject({ type: z.literal('any'), ...parallel }),
  z.looseObject({ type: z.literal('tool'), name: z.string(), ...parallel }),
  z.looseObject({ type: z.literal('none') }),
]);

const display = { display: z.enum(['summarized', 'omitted']).nullish() };
const thinking = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('enabled'), budget_tokens: z.int(), ...display }),
  z.looseObject({ type: z.literal('adaptive'), ...display }),
  z.looseObject({ type: z.literal('between_tools') }),
  z.looseObject({ type: z.literal('disabled') }),
]);

const counted = {
  model: z.string().min(1),
  messages: z.array(message).min(1, 'at least one message is required'),
  system: z.union([z.string(), z.array(text)]).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: outputConfig,
  output_format: outputFormat.nullish(),
  cache_control: cacheControl,
  anthropic_beta: z.array(z.string()).nullish(),
  betas: z.array(z.string()).nullish(),
};

/** What POST /v1/messages/count_tokens takes: a request without the fields that only steer the answer. */
export const countSchema = z.looseObject(counted);

export const messagesSchema = z.looseObject({
  ...counted,
  max_tokens: z.int().min(1),
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
  service_tier: z.string().nullish(),
});

/** The blocks that only Anthropic's own service knows. */
export const serverBlockTypes: ReadonlySet<string> = new Set(serverBlock.shape.type.options);

export type MessagesRequest = z.infer<typeof messagesSchema>;
export type CountRequest = z.infer<typeof countSchema>;
export type MessageParam = z.infer<typeof message>;
export type BlockParam = z.infer<typeof block>;
export type ToolResultPart = z.infer<typeof toolResultPart>;
export type ToolParam = z.infer<typeof tool>;
export type CacheControl = z.infer<typeof cacheControl>;

/** Top-level fields with a meaning here; any other is dropped with a reported change. */
export const knownFields: ReadonlySet<string> = new Set(Object.keys(messagesSchema.shape));
