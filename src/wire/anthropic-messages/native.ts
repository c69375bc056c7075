import { isObject, type JsonObject } from '../../base/json.ts';
import type { ContentBlock, ConverseRequest, Message, Tool } from '../../converse/request.ts';
import { type Adaptations, adaptations } from '../adaptations.ts';
import type { FormatContext, Translated } from '../format.ts';
import { jsonValue } from '../json-value.ts';
import { withoutBillingLine } from './billing-line.ts';
import { bedrockBetas, nativeFeatures } from './native-features.ts';
import { betaNames } from './request.ts';
import type { BlockParam, MessageParam, MessagesRequest, ToolParam } from './schema.ts';
import { withoutTurnSwitches } from './turn-switches.ts';

/** Members that Bedrock takes in the body; `model` and `stream` travel in the URL. */
const bodyMembers = [
  'messages',
  'system',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'context_management',
] as const;

/** Members that mean something only on the way here. */
const silent = new Set(['model', 'stream', 'betas', 'anthropic_beta', 'metadata', 'service_tier']);

/**
 * The request for Bedrock's own Messages API, when it holds what Converse has no form for (`native-features.ts`) and
 * nothing that Bedrock cannot do. The body is the client's, less what Bedrock refuses by name; each loss is reported.
 */
export function messagesToNative(asked: MessagesRequest, context: FormatContext): Translated | undefined {
  const found = nativeFeatures.filter((feature) => feature.found(asked));
  if (!found.some(({ lane }) => lane === 'native') || found.some(({ lane }) => lane === 'refused')) return undefined;
  const adapt = adaptations(context.strict);
  const request = withoutTurnSwitches(asked, adapt);
  adapt.changed(`native lane: ${found.map(({ name }) => name).join(', ')}`, 'Converse has no form for it.');
  const body: JsonObject = { anthropic_version: 'bedrock-2023-05-31' };
  for (const member of bodyMembers) {
    const value = member === 'system' ? systemOf(request, adapt) : request[member];
    if (value !== undefined && value !== null) body[member] = jsonValue(withoutScope(value, adapt));
  }
  reportLeftOut(request, adapt);
  const wanted = [...betaNames(request, context.header('anthropic-beta')), ...found.flatMap(({ beta }) => beta ?? [])];
  const betas = [...new Set(wanted)].filter((name) => bedrockBetas.has(name));
  if (betas.length > 0) body['anthropic_beta'] = betas;
  return {
    model: context.pathModel ?? request.model,
    stream: request.stream ?? false,
    request: viewOf(request),
    options: {},
    changes: adapt.changes,
    choices: 1,
    native: { dialect: 'anthropic-messages', body },
  };
}

function systemOf({ system }: MessagesRequest, adapt: Adaptations): MessagesRequest['system'] {
  if (!Array.isArray(system)) return system;
  const kept = withoutBillingLine(system, adapt);
  return kept.length > 0 ? [...kept] : undefined;
}

/** `cache_control.scope` is the one member inside blocks that Bedrock refuses (anthropics/claude-code#21612). */
function withoutScope(value: unknown, adapt: Adaptations): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutScope(item, adapt));
  if (!isObject(value)) return value;
  const control = value['cache_control'];
  // A tool's input and schema are the person's own data: nothing inside them is a cache mark.
  const members = Object.entries(value).map(([name, member]): [string, unknown] => [
    name,
    name === 'input' || name === 'input_schema' ? member : withoutScope(member, adapt),
  ]);
  // Made from entries, because a member may be called `__proto__`.
  const copy: Record<string, unknown> = Object.fromEntries(members);
  if (isObject(control) && 'scope' in control) {
    const { scope: _, ...kept } = control;
    copy['cache_control'] = kept;
    adapt.changed('cache_control.scope dropped', 'Bedrock caches per account and Region only.');
  }
  return copy;
}

function reportLeftOut(request: MessagesRequest, adapt: Adaptations): void {
  const kept: ReadonlySet<string> = new Set(bodyMembers);
  for (const [name, value] of Object.entries(request)) {
    if (kept.has(name) || silent.has(name) || value === undefined || value === null) continue;
    const shown = /^[a-z_]{1,40}$/.test(name) ? name : 'an unknown field';
    adapt.dropped(shown, `${shown} dropped`, 'Bedrock takes no such field.');
  }
}

/** What limits, masks and logs see of the body: its words, media, tools and their calls, in Converse's shapes. */
function viewOf(request: MessagesRequest): ConverseRequest {
  const system =
    typeof request.system === 'string' ? [{ text: request.system }] : request.system?.map(({ text }) => ({ text }));
  return {
    messages: request.messages.map(viewOfMessage),
    ...(system ? { system } : {}),
    ...(request.tools?.length ? { toolConfig: { tools: request.tools.map(viewOfTool) } } : {}),
    inferenceConfig: {
      maxTokens: request.max_tokens,
      ...(typeof request.temperature === 'number' ? { temperature: request.temperature } : {}),
    },
  };
}

function viewOfTool({ type, name, description, input_schema: schema }: ToolParam): Tool {
  const json = schema ?? { type: 'object' };
  return { toolSpec: { name: name ?? type ?? '', ...(description && { description }), inputSchema: { json } } };
}

function viewOfMessage({ role, content }: MessageParam): Message {
  return { role, content: typeof content === 'string' ? [{ text: content }] : content.map(viewOfBlock) };
}

function viewOfBlock(block: BlockParam): ContentBlock {
  switch (block.type) {
    case 'text':
      return { text: block.text };
    case 'image':
      return { image: { format: 'png', source: { bytes: block.source.type === 'base64' ? block.source.data : '' } } };
    case 'document':
      return viewOfDocument(block);
    case 'tool_use':
      return { toolUse: { toolUseId: block.id, name: block.name, input: jsonValue(block.input ?? {}) } };
    case 'tool_result':
      return { toolResult: { toolUseId: block.tool_use_id, content: [{ text: JSON.stringify(block.content ?? '') }] } };
    default:
      return { text: JSON.stringify(block) };
  }
}

/** Bytes weigh as a document; what is written in it is looked through as text. */
function viewOfDocument(block: BlockParam & { type: 'document' }): ContentBlock {
  const { source, context } = block;
  const about = { name: 'document', ...(context && { context }) };
  if (source.type === 'text') return { document: { ...about, source: { text: source.data } } };
  if (source.type === 'base64') return { document: { ...about, source: { bytes: source.data } } };
  return { text: JSON.stringify(block) };
}
