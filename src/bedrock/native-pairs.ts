import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { Note } from '../converse/notes.ts';
import type { ContentBlock, Message } from '../converse/request.ts';
import { pairTools } from '../converse/tool-pairs.ts';

/** One message of a Messages body, its content as blocks. */
export type NativeTurn = { role: JsonValue; content: JsonObject[] };

/**
 * Calls and results of a Messages body paired as Converse's are (`pairTools`, case 2): that law is Anthropic's own.
 * Wants turns of one role to stand together. What takes no part in it passes through as it is.
 */
export function pairNativeTools(turns: readonly NativeTurn[], note: Note): NativeTurn[] {
  /** The block that a member of a Converse block stands for; the repair passes such members on as they are. */
  const natives = new Map<object, JsonObject>();
  const known = <T extends object>(member: T, block: JsonObject): T => {
    natives.set(member, block);
    return member;
  };
  const toBlock = (block: JsonObject): ContentBlock => {
    const { type, id, name, tool_use_id: of } = block;
    if (type === 'tool_use') return { toolUse: { toolUseId: `${id}`, name: `${name}`, input: known({}, block) } };
    if (type === 'tool_result')
      return { toolResult: { toolUseId: `${of}`, content: known([{ text: wordsOf(block) }], block) } };
    return known({ text: 'of Anthropic’s own' }, block);
  };
  const toNative = (block: ContentBlock): JsonObject => {
    if ('toolUse' in block) {
      const { input, toolUseId: id } = block.toolUse;
      return { ...(isObject(input) ? natives.get(input) : {}), id };
    }
    if ('toolResult' in block) {
      const { content, toolUseId } = block.toolResult;
      const given = natives.get(content);
      const missing = { type: 'tool_result', is_error: true, content: content.flatMap(textOf) };
      return { ...(given ?? missing), tool_use_id: toolUseId };
    }
    return natives.get(block) ?? { type: 'text', text: 'text' in block ? block.text : '' };
  };
  const messages = turns.map(({ role, content }): Message => ({ role: roleOf(role), content: content.map(toBlock) }));
  return pairTools(messages, note)
    .filter(({ content }) => content.length > 0) // its results stand elsewhere now
    .map(({ role, content }) => ({ role, content: content.map(toNative) }));
}

const roleOf = (role: JsonValue): Message['role'] => (role === 'assistant' || role === 'system' ? role : 'user');

const textOf = (item: object): JsonObject[] => ('text' in item ? [{ type: 'text', text: String(item.text) }] : []);

/** What a result says, for the text that it becomes where its call is gone. */
function wordsOf({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  const blocks = Array.isArray(content) ? content : [];
  return blocks.map((block) => (isObject(block) && typeof block['text'] === 'string' ? block['text'] : '')).join('\n');
}
