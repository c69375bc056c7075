import * as z from 'zod';
import type { FormatContext } from '../format.ts';
import { parseBody } from '../parse-body.ts';
import { invalid } from '../refuse.ts';
import { chatBody, type Items } from './responses-body.ts';

/*
 * The body of POST /v1/chat/completions as clients really send it: OpenAI's published fields, and the pieces of the
 * Responses and Anthropic shapes that Cursor and others mix in (case 37). Loose everywhere: an unknown field is nobody's
 * fault, a known one of the wrong type is refused with its place. `docs/clients/openai-chat.md` has a row for each.
 */

const text = z.string().nullish();

const cacheControl = z.looseObject({ type: text, ttl: text }).nullish();

const file = z.looseObject({ file_data: text, filename: text, file_id: text });

const anthropicSource = z.looseObject({ type: text, media_type: text, data: text, url: text });

const link = z.union([z.string(), z.looseObject({ url: z.string() })]).nullish();

const innerPart = z.looseObject({
  type: text,
  text,
  refusal: text,
  image_url: link,
  video_url: link,
  input_audio: z.looseObject({ data: z.string(), format: z.string() }).nullish(),
  file: file.nullish(),
  file_data: text,
  filename: text,
  file_id: text,
  file_url: text,
  source: anthropicSource.nullish(),
  title: text,
  cache_control: cacheControl,
  copilot_cache_control: cacheControl,
});

const part = innerPart.extend({
  id: text,
  name: text,
  input: z.unknown().optional(),
  tool_use_id: text,
  content: z.union([z.string(), z.array(innerPart)]).nullish(),
  is_error: z.boolean().nullish(),
  thinking: text,
  signature: text,
  data: text,
});

const functionCall = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

const toolCall = z.looseObject({
  id: text,
  type: text,
  function: functionCall.nullish(),
  custom: z.looseObject({ name: z.string(), input: text }).nullish(),
  extra_content: z.unknown().optional(),
});

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(part)]).nullish(),
  name: text,
  refusal: text,
  tool_call_id: text,
  tool_calls: z.array(toolCall).nullish(),
  function_call: functionCall.nullish(),
  cache_control: cacheControl,
  copilot_cache_control: cacheControl,
  thinking_blocks: z.unknown().optional(),
  reasoning_details: z.unknown().optional(),
});

const grammar = z.looseObject({ type: text, syntax: text, definition: text });
const customFormat = grammar.extend({ grammar: grammar.nullish() }).nullish();
const toolBody = {
  name: text,
  description: text,
  parameters: z.unknown().optional(),
  strict: z.boolean().nullish(),
  format: customFormat,
};

const tool = z.looseObject({
  ...toolBody,
  type: text,
  function: z.looseObject(toolBody).nullish(),
  custom: z.looseObject(toolBody).nullish(),
  input_schema: z.unknown().optional(),
  cache_control: cacheControl,
  copilot_cache_control: cacheControl,
});

const named = z.looseObject({ name: z.string() }).nullish();
const allowedTools = {
  mode: text,
  tools: z.array(z.looseObject({ name: text, function: named, custom: named })).nullish(),
};
const toolChoice = z.union([
  z.string(),
  z.looseObject({
    ...allowedTools,
    type: text,
    name: text,
    function: named,
    custom: named,
    allowed_tools: z.looseObject(allowedTools).nullish(),
    disable_parallel_tool_use: z.boolean().nullish(),
  }),
]);

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
const tokens = z.int().min(1).nullish();

const responseFormat = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  json_schema: z
    .looseObject({ name: text, description: text, schema: z.unknown().optional(), strict: z.boolean().nullish() })
    .nullish(),
});

const body = z.looseObject({
  model: text,
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  n: z.int().min(1).max(128).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  functions: z.array(z.looseObject(toolBody)).nullish(),
  function_call: z.union([z.string(), z.looseObject({ name: z.string() })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: z.enum(efforts).nullish(),
  reasoning: z
    .looseObject({ effort: z.enum(efforts).nullish(), max_tokens: tokens, enabled: z.boolean().nullish() })
    .nullish(),
  thinking: z
    .looseObject({
      type: z.enum(['enabled', 'adaptive', 'disabled']),
      budget_tokens: tokens,
      display: z.enum(['summarized', 'omitted']).nullish(),
    })
    .nullish(),
  service_tier: text,
  metadata: z.looseObject({}).nullish(),
  user: text,
  safety_identifier: text,
  modalities: z.array(z.string()).nullish(),
  previous_response_id: text,
});

export type Part = z.infer<typeof part>;
export type InnerPart = z.infer<typeof innerPart>;
export type ChatMessage = z.infer<typeof message>;
export type ChatTool = z.infer<typeof tool>;
export type CacheControl = z.infer<typeof cacheControl>;

/** A checked body. Its `model` is the one that counts: the path's on Azure's route, else the body's. */
export type ChatRequest = z.infer<typeof body> & {
  model: string;
  /** Set when the messages were made from `input`: how many of them come from elsewhere and stand before it. */
  inputOffset: number | undefined;
  /** Responses items among the messages, each in the place of a message that says nothing. */
  items: Items | undefined;
};

/** Checks a chat body, whichever dialect its pieces are in. Throws `invalid_request` with the `param` in the client's spelling. */
export function parseChatRequest(raw: unknown, context: FormatContext): ChatRequest {
  const { chat, inputOffset, items } = chatBody(raw);
  const spell = (param: string) => (inputOffset === undefined ? param : inputParam(param, inputOffset));
  const parsed = parseBody(body, chat, spell);
  const model = context.pathModel ?? parsed.model;
  if (!model) throw invalid('model', "'model' is missing; name one that GET /v1/models lists.");
  return { ...parsed, model, inputOffset, items };
}

/** Where a message stands in the client's own body, e.g. `messages[2]`, or `input[1]` of a Responses-shaped one. */
export function messageParam(request: ChatRequest, index: number): string {
  const param = `messages[${index}]`;
  return request.inputOffset === undefined ? param : inputParam(param, request.inputOffset);
}

function inputParam(param: string, offset: number): string {
  return param.replace(/^messages(?:\[(\d+)\])?/, (_, index: string | undefined) => {
    if (index === undefined) return 'input';
    return Number(index) < offset ? 'instructions' : `input[${Number(index) - offset}]`;
  });
}
