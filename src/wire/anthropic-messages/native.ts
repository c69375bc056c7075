import { isObject, type JsonObject } from '../../base/json.ts';
import type { ContentBlock, ConverseRequest, Message, Tool } from '../../converse/request.ts';
import { type Adaptations, adaptations } from '../adaptations.ts';
import { converseRequest } from '../converse-request.ts';
import type { FormatContext, Translated } from '../format.ts';
import { jsonValue } from '../json-value.ts';
import { withoutBillingLine } from './billing-line.ts';
import { nativeFeatures } from './native-features.ts';
import { betaNames, notesFor } from './request.ts';
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

/** Members that travel beside the body (in the URL, in `anthropic_beta`, as headers) or under another name in it. */
const beside = new Set([
  'model',
  'stream',
  'betas',
  'anthropic_beta',
  'metadata',
  'service_tier',
  'output_format',
  'cache_control',
]);

/**
 * The request for Bedrock's own Messages API, when it holds what Converse has no form for (`native-features.ts`) and
 * nothing that Bedrock cannot do. The body is the client's, less what Bedrock refuses by name; each loss is reported.
 */
export function messagesToNative(asked: MessagesRequest, context: FormatContext): Translated | undefined {
  const found = nativeFeatures.filter((feature) => feature.found(asked));
  if (!found.some(({ lane }) => lane === 'native') || found.some(({ lane }) => lane === 'refused')) return undefined;
  const adapt = adaptations(context.strict);
  const request = withoutTurnSwitches(asked, adapt);
  const names = found.map(({ name }) => name).join(', ');
  adapt.changed(`native lane: ${names}`, 'Converse has no form for it.');
  const body: JsonObject = { anthropic_version: 'bedrock-2023-05-31' };
  for (const member of bodyMembers) {
    const value = memberOf(request, member, adapt);
    if (value !== undefined && value !== null) body[member] = jsonValue(withoutScope(value, adapt));
  }
  reportLeftOut(request, adapt);
  const needed = [...new Set(found.flatMap(({ beta }) => beta ?? []))];
  if (needed.length > 0) body['anthropic_beta'] = needed;
  const betas = betaNames(request, context.header('anthropic-beta')).filter((name) => !needed.includes(name));
  return {
    model: context.pathModel ?? request.model,
    stream: request.stream ?? false,
    request: viewOf(request, adapt),
    options: betas.length > 0 ? { betas } : {},
    changes: adapt.changes,
    choices: 1,
    native: { dialect: 'anthropic-messages', body },
  };
}

function memberOf(request: MessagesRequest, member: (typeof bodyMembers)[number], adapt: Adaptations): unknown {
  switch (member) {
    case 'system':
      return systemOf(request, adapt);
    case 'messages':
      return markedAtEnd(request, adapt);
    case 'output_config':
      return withFormat(request);
    default:
      return request[member];
  }
}

/** Bedrock has no `cache_control` at the top of the body; the same mark on the last block asks for the same. */
function markedAtEnd(request: MessagesRequest, adapt: Adaptations): unknown {
  const { messages, cache_control: mark } = request;
  const last = messages.at(-1);
  if (!mark || !last) return messages;
  if (markCount(request) >= mostMarks) {
    adapt.changed('cache_control dropped', 'Four cache marks stand before it.');
    return messages;
  }
  const content = typeof last.content === 'string' ? [{ type: 'text', text: last.content }] : last.content;
  const end = content.at(-1);
  if (!end || /thinking$/.test(end.type)) return messages;
  return [...messages.slice(0, -1), { ...last, content: [...content.slice(0, -1), { cache_control: mark, ...end }] }];
}

/** More than these are refused. */
const mostMarks = 4;

function markCount({ messages, system, tools }: MessagesRequest): number {
  const blocks: object[] = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  if (Array.isArray(system)) blocks.push(...system);
  blocks.push(...(tools ?? []));
  return blocks.filter((block) => 'cache_control' in block && isObject(block.cache_control)).length;
}

/** The beta's `output_format` under the name that it has since. */
function withFormat({ output_config: config, output_format: format }: MessagesRequest): unknown {
  return format && !config?.format ? { ...config, format } : config;
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
    if (kept.has(name) || beside.has(name) || value === undefined || value === null) continue;
    const shown = /^[a-z_]{1,40}$/.test(name) ? name : 'an unknown field';
    adapt.dropped(shown, `${shown} dropped`, 'Bedrock takes no such field.');
  }
}

/**
 * What limits, masks and logs see of the body: its words, media, tools and their calls, in Converse's shapes; and what
 * InvokeModel takes as headers.
 */
function viewOf(request: MessagesRequest, adapt: Adaptations): ConverseRequest {
  const { system, messages, tools, max_tokens: maxTokens, temperature } = request;
  return converseRequest({
    messages: messages.map(viewOfMessage),
    system: typeof system === 'string' ? [{ text: system }] : system?.map(({ text }) => ({ text })),
    toolConfig: tools?.length ? { tools: tools.map(viewOfTool) } : undefined,
    inference: { maxTokens, ...(typeof temperature === 'number' ? { temperature } : {}) },
    ...notesFor(request, adapt),
  });
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
