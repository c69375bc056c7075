import { ProxyError } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import { documentNames } from '../../converse/document-names.ts';
import type { ContentBlock, Message, Role, SystemBlock, ToolUseBlock } from '../../converse/request.ts';
import type { Adaptations } from '../adaptations.ts';
import { jsonValue } from '../json-value.ts';
import { contentBlocks, type Desk, toolResult } from '../openai-chat/parts.ts';
import { openReasoning } from '../reasoning-envelope.ts';
import { invalid } from '../refuse.ts';
import { callInput, toolInput } from '../tool-schema.ts';
import { withCallIds } from './call-ids.ts';
import { type InputItem, itemParam, type ResponsesRequest } from './schema.ts';
import { modelName } from './toolbox.ts';

type Of<Type extends InputItem['type']> = Extract<InputItem, { type: Type }>;
type Conversation = { system: SystemBlock[]; messages: Message[] };
/** What an item adds to the conversation. */
export type Said = { role: Role; content: ContentBlock[] };
/** What the reading of one request's items shares. */
export type ItemDesk = {
  adapt: Adaptations;
  desk: Desk;
  /** The names of custom tools: a plain call of one carries its raw text as arguments, as our chat answers have it. */
  custom: { has(name: string): boolean };
};

const nothing: Said = { role: 'user', content: [] };

/**
 * The conversation in Converse's words, item by item. Items know no turns: neighbours of one side (thinking, text and
 * calls; results and what the user adds) become one message, in their order (cases 1, 56). Everything else is the laws'
 * business (`converse/check`).
 */
export function conversation(request: ResponsesRequest, custom: ItemDesk['custom'], adapt: Adaptations): Conversation {
  const context = { adapt, custom, desk: { changes: adapt.changes, documentName: documentNames() } };
  const system = instructionBlocks(request.instructions, context);
  const messages: Message[] = [];
  for (const [index, item] of withCallIds(request, adapt).entries()) {
    const at = itemParam(request, index);
    if (item.type === 'message' && messages.length === 0 && isSystem(item.role)) {
      system.push(...systemTexts(contentBlocks(item.content, context.desk, `${at}.content`)));
      continue;
    }
    const { role, content } = saidBy(item, at, context);
    const last = messages.at(-1);
    if (content.length === 0) continue;
    if (role !== 'system' && last?.role === role) last.content.push(...content);
    else messages.push({ role, content });
  }
  return { system, messages };
}

const isSystem = (role: Of<'message'>['role']): boolean => role === 'system' || role === 'developer';

/** `instructions` speak first, before system and developer messages. */
function instructionBlocks(instructions: ResponsesRequest['instructions'], { desk }: ItemDesk): SystemBlock[] {
  if (typeof instructions === 'string') return instructions === '' ? [] : [{ text: instructions }];
  return (instructions ?? []).flatMap((item) =>
    item.type === 'message' ? systemTexts(contentBlocks(item.content, desk, 'instructions')) : [],
  );
}

const systemTexts = (blocks: readonly ContentBlock[]): SystemBlock[] =>
  blocks.flatMap((block) => ('text' in block ? [{ text: block.text }] : []));

/** What one item says. Throws `not_found` for a reference that nobody resolved. */
export function saidBy(item: InputItem, at: string, context: ItemDesk): Said {
  switch (item.type) {
    case 'message':
      return message(item, at, context.desk);
    case 'reasoning':
      return { role: 'assistant', content: reasoning(item, context.adapt) };
    case 'function_call':
      return functionCall(item, at, context);
    case 'custom_tool_call':
      return call(item, at, modelName(item.name, item.namespace), { input: item.input });
    case 'local_shell_call':
      return call(item, at, 'local_shell', actionOf(item.action));
    case 'shell_call':
      return call(item, at, 'shell', actionOf(item.action));
    case 'apply_patch_call':
      return call(item, at, 'apply_patch', actionOf(item.operation));
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'user', content: toolResult(callId(item, at), item.output, context.desk, `${at}.output`) };
    case 'local_shell_call_output':
    case 'shell_call_output':
    case 'apply_patch_call_output':
      return { role: 'user', content: toolResult(callId(item, at), outputText(item.output), context.desk, at) };
    case 'item_reference':
      throw itemNotFound(item.id, at);
    case 'tool_search_call':
      return item.call_id ? call(item, at, 'tool_search', toolInput(item.arguments)) : nothing;
    case 'tool_search_output':
      return item.call_id ? { role: 'user', content: found(item.call_id, item, context.desk) } : nothing;
    case 'additional_tools':
      return nothing; // its tools are in the toolbox
    case 'other':
      return leftOut(item, at, context.adapt);
    default:
      return item satisfies never;
  }
}

function message(item: Of<'message'>, at: string, desk: Desk): Said {
  const content = contentBlocks(item.content, desk, `${at}.content`);
  if (isSystem(item.role)) return { role: 'system', content };
  return { role: item.role === 'assistant' ? 'assistant' : 'user', content };
}

type Identified = { call_id?: string | null | undefined; id?: string | null | undefined };

function callId({ call_id, id }: Identified, at: string): string {
  const known = call_id ?? id;
  if (known) return known;
  throw invalid(`${at}.call_id`, `'${at}.call_id' is missing; it must name the call.`);
}

function call(item: Identified, at: string, name: string, input: ToolUseBlock['input']): Said {
  return { role: 'assistant', content: [{ toolUse: { toolUseId: callId(item, at), name, input } }] };
}

function functionCall(item: Of<'function_call'>, at: string, { custom, adapt }: ItemDesk): Said {
  const name = modelName(item.name, item.namespace);
  return call(item, at, name, callInput(item.arguments, custom.has(name), adapt.changes));
}

const actionOf = (action: unknown): ToolUseBlock['input'] => (isObject(action) ? jsonValue(action) : {});
const outputText = (output: unknown): string => (typeof output === 'string' ? output : JSON.stringify(output ?? ''));

/** The tools that a search found are in the toolbox; the model is told their names. */
function found(id: string, { tools }: Of<'tool_search_output'>, desk: Desk): ContentBlock[] {
  const names = tools.flatMap(({ type, name, tools: inner }) =>
    type === 'namespace' ? (inner ?? []).map((tool) => modelName(tool.name ?? '', name)) : [name ?? ''],
  );
  return toolResult(id, names.length > 0 ? `Now available: ${names.join(', ')}.` : 'No tools found.', desk, '');
}

/** Thinking goes back only as the service signed it: a summary alone is for reading (cases 55, 58). */
function reasoning(item: Of<'reasoning'>, adapt: Adaptations): ContentBlock[] {
  const thoughts = item.encrypted_content ? openReasoning(item.encrypted_content) : undefined;
  if (thoughts) return thoughts.map(({ block }) => ({ reasoningContent: block }));
  if (item.encrypted_content) {
    adapt.changed('foreign reasoning dropped', 'Its encrypted content was made by another service.');
  } else {
    adapt.changed('unsigned reasoning dropped', 'Without encrypted_content the thinking cannot go back to the model.');
  }
  return [];
}

/** Hosted tools' items mean nothing to Bedrock; agents that change their provider still have them in the history. */
function leftOut(item: Of<'other'>, at: string, adapt: Adaptations): Said {
  const name = /^[a-z_0-9]{1,40}$/.test(item.named) ? item.named : 'of an unknown type';
  adapt.dropped(at, `input item ${name} dropped`, 'Bedrock has nothing that corresponds to this kind of item.');
  return nothing;
}

/** The item is not among those that this proxy keeps. */
export function itemNotFound(id: string, param: string): ProxyError {
  return new ProxyError('not_found', `Item with id '${id}' not found. Send the item itself in 'input'.`, { param });
}
