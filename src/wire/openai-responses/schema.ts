import * as z from 'zod';
import { isObject } from '../../base/json.ts';
import type { FormatContext } from '../format.ts';
import { parseBody } from '../parse-body.ts';
import { invalid } from '../refuse.ts';

/*
 * The body of POST /v1/responses as OpenAI publishes it. Objects are loose: a field that nobody here reads passes by.
 * `docs/clients/openai-responses.md` has a row for each field and each kind of item.
 */

const text = z.string().nullish();

/** Input and output text, images and files; the reading itself is shared with Chat Completions. */
const part = z.looseObject({
  type: text,
  text,
  refusal: text,
  image_url: text,
  video_url: text,
  file_data: text,
  filename: text,
  file_id: text,
  file_url: text,
});

const content = z.union([z.string(), z.array(part)]);
const output = { call_id: text, id: text, output: content };
const call = { call_id: text, id: text, namespace: text };
const tools = z.array(z.lazy(() => tool));

const item = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('message'),
    role: z.enum(['user', 'assistant', 'system', 'developer']),
    content: content.nullish(),
  }),
  z.looseObject({ type: z.literal('function_call'), ...call, name: z.string(), arguments: z.unknown().optional() }),
  z.looseObject({ type: z.literal('custom_tool_call'), ...call, name: z.string(), input: z.string() }),
  z.looseObject({ type: z.literal('local_shell_call'), ...call, action: z.unknown().optional() }),
  z.looseObject({ type: z.literal('shell_call'), ...call, action: z.unknown().optional() }),
  z.looseObject({ type: z.literal('apply_patch_call'), ...call, operation: z.unknown().optional() }),
  z.looseObject({ type: z.literal('function_call_output'), ...output }),
  z.looseObject({ type: z.literal('custom_tool_call_output'), ...output }),
  z.looseObject({
    type: z.literal('local_shell_call_output'),
    call_id: text,
    id: text,
    output: z.unknown().optional(),
  }),
  z.looseObject({ type: z.literal('shell_call_output'), call_id: text, id: text, output: z.unknown().optional() }),
  z.looseObject({
    type: z.literal('apply_patch_call_output'),
    call_id: text,
    id: text,
    output: z.unknown().optional(),
  }),
  z.looseObject({
    type: z.literal('reasoning'),
    id: text,
    summary: z.array(z.looseObject({ text })).nullish(),
    content: z.array(z.looseObject({ text })).nullish(),
    encrypted_content: text,
  }),
  z.looseObject({ type: z.literal('item_reference'), id: z.string() }),
  z.looseObject({ type: z.literal('additional_tools'), tools }),
  z.looseObject({ type: z.literal('tool_search_call'), ...call, arguments: z.unknown().optional() }),
  z.looseObject({ type: z.literal('tool_search_output'), call_id: text, tools }),
  /** Any other kind: hosted tools' items, or one that is newer than this program. */
  z.looseObject({ type: z.literal('other'), named: z.string() }),
]);

const known: ReadonlySet<unknown> = new Set(item.options.map((option) => option.shape.type.value));

/** Gives every item a `type`: easy messages and references may come without one. */
function typed(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { type } = value;
  if (type === undefined || type === null) {
    if ('role' in value) return { ...value, type: 'message' };
    return 'id' in value ? { ...value, type: 'item_reference' } : value;
  }
  return known.has(type) && type !== 'other' ? value : { type: 'other', named: String(type) };
}

const inputItem = z.preprocess(typed, item);

const format = z.looseObject({ type: text, syntax: text, definition: text }).nullish();

const callable = z.looseObject({
  type: text,
  name: text,
  description: text,
  parameters: z.unknown().optional(),
  strict: z.boolean().nullish(),
  format,
  execution: text,
});

const tool = callable.extend({ tools: z.array(callable).nullish() });

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({
    type: z.string(),
    name: text,
    namespace: text,
    mode: z.enum(['auto', 'required']).nullish(),
    tools: z.array(z.looseObject({ name: text, namespace: text })).nullish(),
  }),
]);

const textFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: text,
    description: text,
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }),
]);

const body = z.looseObject({
  model: text,
  input: z.union([z.string(), z.array(inputItem)]).nullish(),
  instructions: z.union([z.string(), z.array(inputItem)]).nullish(),
  previous_response_id: text,
  store: z.boolean().nullish(),
  background: z.boolean().nullish(),
  conversation: z.unknown().optional(),
  prompt: z.unknown().optional(),
  stream: z.boolean().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  reasoning: z
    .looseObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: text,
    })
    .nullish(),
  text: z
    .looseObject({ format: textFormat.nullish(), verbosity: z.enum(['low', 'medium', 'high']).nullish() })
    .nullish(),
  include: z.array(z.string()).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: text,
  safety_identifier: text,
  prompt_cache_key: text,
  service_tier: text,
});

export type InputItem = z.infer<typeof item>;
export type ResponsesTool = z.infer<typeof tool>;
export type CallableTool = z.infer<typeof callable>;

/** A checked body. Its `model` is the one that counts: the path's on Azure's route, else the body's. */
export type ResponsesRequest = z.infer<typeof body> & {
  model: string;
  /** Set once `previous_response_id` was resolved: how many items of `input` come from earlier responses. */
  earlierItems?: number;
};

/** Checks a Responses body. Throws `invalid_request` with the `param` in OpenAI's spelling. */
export function parseResponsesRequest(raw: unknown, context: FormatContext): ResponsesRequest {
  const parsed = parseBody(body, raw);
  const model = context.pathModel ?? parsed.model;
  if (!model) throw invalid('model', "'model' is missing; name one that GET /v1/models lists.");
  const isEmpty = parsed.input === undefined || parsed.input === null;
  if (isEmpty && !parsed.previous_response_id) {
    throw invalid('input', "'input' is missing; it must be a string or an array of items.");
  }
  return { ...parsed, model };
}

/** `input` as items, whichever form it has. */
export function inputItems(request: Pick<ResponsesRequest, 'input'>): InputItem[] {
  const { input } = request;
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return input ?? [];
}

/** An item's place in the client's own body, e.g. `input[3]`; items of earlier responses have none. */
export function itemParam(request: ResponsesRequest, index: number): string {
  const place = index - (request.earlierItems ?? 0);
  return place < 0 ? 'previous_response_id' : `input[${place}]`;
}

/** One item of a body that is not a Responses body as a whole. Throws `invalid_request`; `at` is its place there. */
export function parseItem(value: unknown, at: string): InputItem {
  return parseBody(inputItem, value, (param) => (param === '' ? at : `${at}.${param}`));
}

/** An item that we made ourselves, as the schema would read it. Throws when it is none. */
export function readItem(value: unknown): InputItem {
  return inputItem.parse(value);
}
