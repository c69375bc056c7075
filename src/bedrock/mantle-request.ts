import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { Note } from '../converse/notes.ts';
import type { ContentBlock, ConverseRequest, Message, ToolConfig, ToolResultBlock } from '../converse/request.ts';

/** A fitted Converse request as the body of Bedrock's OpenAI-compatible Chat Completions. Throws `unsupported` for what only Converse can do. */
export function mantleBody(model: string, request: ConverseRequest): JsonObject {
  if (request.guardrailConfig) {
    // Mantle answers 200 and checks nothing; silence would be worse than a refusal.
    throw new ProxyError('unsupported', 'Bedrock applies no guardrail to this model.', {
      fix: 'choose a model that Converse serves, or take the guardrail out',
    });
  }
  const system = (request.system ?? []).flatMap((block) => ('text' in block ? [block.text] : []));
  const lead: JsonValue[] = system.length > 0 ? [{ role: 'system', content: system.join('\n\n') }] : [];
  const { toolConfig, serviceTier } = request;
  const tier = serviceTier?.type;
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [...lead, ...request.messages.flatMap(chatMessages)],
    ...sampling(request),
    ...(toolConfig ? tools(toolConfig) : {}),
    ...responseFormat(request),
    ...effort(request),
    ...(tier && tier !== 'reserved' ? { service_tier: tier } : {}),
  };
}

/** Tells what of a request this endpoint has no field for: `mantleBody` leaves it out. */
export function tellLeftOut({ serviceTier, performanceConfig, requestMetadata }: ConverseRequest, note: Note): void {
  const why = 'the OpenAI-compatible endpoint has no field for it';
  if (serviceTier?.type === 'reserved') note('service tier reserved dropped', why);
  if (performanceConfig) note('performanceConfig dropped', why);
  if (requestMetadata) note('requestMetadata dropped', why);
}

function sampling({ inferenceConfig = {} }: ConverseRequest): JsonObject {
  const { maxTokens, temperature, topP, stopSequences } = inferenceConfig;
  return {
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stopSequences?.length ? { stop: stopSequences } : {}),
  };
}

/** The effort stands where the family's row has put it for Converse. */
function effort({ additionalModelRequestFields: fields }: ConverseRequest): JsonObject {
  const reasoning = fields?.['reasoning'];
  const wish = fields?.['reasoning_effort'] ?? (isObject(reasoning) ? reasoning['effort'] : undefined);
  return wish === undefined ? {} : { reasoning_effort: wish };
}

function responseFormat({ outputConfig }: ConverseRequest): JsonObject {
  const wish = outputConfig?.textFormat?.structure.jsonSchema;
  if (!wish) return {};
  const schema: JsonValue = JSON.parse(wish.schema);
  return { response_format: { type: 'json_schema', json_schema: { name: wish.name ?? 'answer', schema } } };
}

function tools({ tools: list, toolChoice }: ToolConfig): JsonObject {
  const specs = list.flatMap((tool): JsonValue[] => {
    if (!('toolSpec' in tool)) return [];
    const { name, description, inputSchema, strict } = tool.toolSpec;
    const spec: JsonObject = { name, parameters: inputSchema.json };
    if (description !== undefined) spec['description'] = description;
    if (strict) spec['strict'] = true;
    return [{ type: 'function', function: spec }];
  });
  return { tools: specs, ...(toolChoice ? { tool_choice: choice(toolChoice) } : {}) };
}

function choice(wish: NonNullable<ToolConfig['toolChoice']>): JsonValue {
  if ('tool' in wish) return { type: 'function', function: { name: wish.tool.name } };
  return 'any' in wish ? 'required' : 'auto';
}

/** Tool results are messages of their own, ahead of what the person adds. */
function chatMessages({ role, content }: Message): JsonValue[] {
  if (role === 'system') return [{ role, content: textOf(content) }];
  if (role === 'assistant') return [assistantMessage(content)];
  const results = content.flatMap((block) => ('toolResult' in block ? [resultMessage(block.toolResult)] : []));
  const parts = content.flatMap(userPart);
  return parts.length === 0 ? results : [...results, { role, content: parts }];
}

function assistantMessage(content: readonly ContentBlock[]): JsonValue {
  const calls = content.flatMap((block): JsonValue[] => {
    if (!('toolUse' in block)) return [];
    const { toolUseId, name, input } = block.toolUse;
    return [{ id: toolUseId, type: 'function', function: { name, arguments: JSON.stringify(input) } }];
  });
  const text = textOf(content);
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
}

const textOf = (content: readonly ContentBlock[]): string =>
  content.flatMap((block) => ('text' in block ? [block.text] : [])).join('\n');

function userPart(block: ContentBlock): JsonValue[] {
  if ('text' in block) return [{ type: 'text', text: block.text }];
  if ('image' in block && 'bytes' in block.image.source) {
    const { format, source } = block.image;
    return [{ type: 'image_url', image_url: { url: `data:image/${format};base64,${source.bytes}` } }];
  }
  if ('toolResult' in block || 'cachePoint' in block || 'reasoningContent' in block) return [];
  throw new ProxyError('unsupported', 'This model takes text and images only.', {
    fix: 'choose a model that Converse serves',
  });
}

function resultMessage({ toolUseId, content }: ToolResultBlock): JsonValue {
  const text = content.map((part) => ('text' in part ? part.text : 'json' in part ? JSON.stringify(part.json) : ''));
  return { role: 'tool', tool_call_id: toolUseId, content: text.join('\n') };
}
