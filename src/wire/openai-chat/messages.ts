import { report } from '../../converse/notes.ts';
import type { ContentBlock, Message, Role, SystemBlock } from '../../converse/request.ts';
import type { Adaptations } from '../adaptations.ts';
import type { ReasoningDisplay } from '../format.ts';
import { saidBy } from '../openai-responses/items.ts';
import type { Thought } from '../reasoning-envelope.ts';
import { invalid } from '../refuse.ts';
import { callInput } from '../tool-schema.ts';
import { withCallIds } from './call-ids.ts';
import { stripDisplay } from './displayed-thinking.ts';
import { cachePointAfter, contentBlocks, type Desk, toolResult } from './parts.ts';
import { thoughtsOf, thoughtsOfCall, withoutRepeats, withThoughts } from './reasoning.ts';
import { type ChatMessage, type ChatRequest, messageParam } from './schema.ts';
import { customTools } from './tools.ts';

type Conversation = { system: SystemBlock[]; messages: Message[] };

/**
 * The conversation in Converse's words, turn by turn as the client sent it. Merging roles, pairing calls with results and
 * dropping blank text are the laws' business (`converse/check`): nothing the person wrote is lost or moved here.
 */
export function conversation(
  request: ChatRequest,
  display: ReasoningDisplay,
  desk: Desk,
  adapt: Adaptations,
): Conversation {
  const system: SystemBlock[] = [];
  const messages: Message[] = [];
  const legacyIds = functionIds();
  const custom = customTools(request);
  let inRound = false;
  for (const [index, message] of withCallIds(request, desk.changes).entries()) {
    const at = messageParam(request, index);
    const add = (role: Role, content: ContentBlock[]): void => {
      const marked = [...content, ...cachePointAfter(message)];
      const last = messages.at(-1);
      if (inRound && role === 'user' && last?.role === 'user') last.content.push(...marked);
      else if (marked.length > 0) messages.push({ role, content: marked });
    };
    const item = request.items?.get(index);
    if (item) {
      const { role, content } = saidBy(item, at, { adapt, desk, custom });
      add(role, content);
      inRound = role === 'user';
      continue;
    }
    if (message.name && message.role !== 'tool' && message.role !== 'function') {
      report(desk.changes, { what: 'message names dropped', why: 'Converse messages have no name.' });
    }
    switch (message.role) {
      case 'system':
      case 'developer':
        if (messages.length === 0) messages.push(...intoSystem(message, system, desk, at));
        else add('system', contentBlocks(message.content, desk, `${at}.content`));
        break;
      case 'user':
        add('user', contentBlocks(message.content, desk, `${at}.content`));
        break;
      case 'assistant':
        add('assistant', assistantBlocks(message, { display, desk, at, custom, legacyId: legacyIds.call }));
        break;
      case 'tool':
        add(
          'user',
          toolResult(message.tool_call_id || missing(`${at}.tool_call_id`), message.content, desk, `${at}.content`),
        );
        break;
      case 'function':
        add('user', toolResult(legacyIds.result(), message.content, desk, `${at}.content`));
        break;
      default:
        message.role satisfies never;
    }
    // A round of results, and what the person says upon it, are several messages to OpenAI and one turn to Converse (case 1).
    inRound = message.role === 'tool' || message.role === 'function';
  }
  return { system, messages };
}

/** Leading system and developer messages, all of them kept (case 13). Gives back a user turn for what is not text. */
function intoSystem(message: ChatMessage, system: SystemBlock[], desk: Desk, at: string): Message[] {
  const elsewhere: ContentBlock[] = [];
  for (const block of [...contentBlocks(message.content, desk, `${at}.content`), ...cachePointAfter(message)]) {
    if ('text' in block || 'cachePoint' in block) system.push(block);
    else elsewhere.push(block);
  }
  return elsewhere.length > 0 ? [{ role: 'user', content: elsewhere }] : [];
}

type AssistantDesk = {
  display: ReasoningDisplay;
  desk: Desk;
  at: string;
  custom: ReadonlyMap<string, unknown>;
  legacyId(): string;
};

function assistantBlocks(message: ChatMessage, { display, desk, at, custom, legacyId }: AssistantDesk): ContentBlock[] {
  const blocks = contentBlocks(message.content, desk, `${at}.content`).flatMap((block): ContentBlock[] => {
    if (!('text' in block)) return [block];
    const text = stripDisplay(block.text, display, desk.changes);
    return text === '' ? [] : [{ text }];
  });
  if (message.refusal) blocks.push({ text: message.refusal });
  const placed: Thought[] = [];
  const known = new Set(blocks.map((block) => ('toolUse' in block ? block.toolUse.toolUseId : undefined)));
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    const { name, input } = callBody(call, `${at}.tool_calls[${index}]`, custom, desk);
    const id = call.id || missing(`${at}.tool_calls[${index}].id`);
    if (known.has(id)) continue; // the same call in Anthropic's shape stands in the content
    for (const thought of thoughtsOfCall(call.extra_content)) {
      if (thought.place === undefined) blocks.push({ reasoningContent: thought.block });
      else placed.push(thought);
    }
    blocks.push({ toolUse: { toolUseId: id, name, input } });
  }
  if (message.function_call) {
    const { name, arguments: args } = message.function_call;
    blocks.push({ toolUse: { toolUseId: legacyId(), name, input: callInput(args, false, desk.changes) } });
  }
  const thoughts = thoughtsOf(message);
  return withoutRepeats(withThoughts(thoughts.length > 0 ? thoughts : placed, blocks));
}

/** `withCallIds` leaves none without, but its types cannot say so. */
function missing(param: string): never {
  throw invalid(param, `'${param}' is missing.`);
}

type Call = NonNullable<ChatMessage['tool_calls']>[number];

function callBody(call: Call, at: string, custom: ReadonlyMap<string, unknown>, desk: Desk) {
  if (call.custom) return { name: call.custom.name, input: { input: call.custom.input ?? '' } };
  if (!call.function) throw invalid(at, `'${at}' must hold 'function' or 'custom'.`);
  const { name, arguments: args } = call.function;
  return { name, input: callInput(args, custom.has(name), desk.changes) };
}

/** Legacy function calls have no ids: the n-th result answers the n-th call. */
function functionIds(): { call(): string; result(): string } {
  let calls = 0;
  let results = 0;
  return { call: () => `function_call_${++calls}`, result: () => `function_call_${++results}` };
}
