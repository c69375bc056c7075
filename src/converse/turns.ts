import type { Note } from './notes.ts';
import type { ContentBlock, Message } from './request.ts';
import { rewriteList } from './rewrite-list.ts';

/**
 * True for text that Converse calls blank: nothing but white space. To Java and Python some control characters (U+001C to
 * U+001F, U+0085) are white space too; no control character says anything.
 */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}]/u.test(text);
}

/**
 * Drops blank text blocks: "The text field in the ContentBlock object … is blank". Blocks beside reasoning stay,
 * because the model signed the turn in that shape (vercel/ai 24ac76f).
 */
export function dropBlanks(messages: Message[], note: Note): Message[] {
  return rewriteList(messages, (message) => {
    if (!message.content.some(isBlankBlock) || message.content.some(isReasoning)) return message;
    note('blank text dropped', 'Converse refuses blank text blocks');
    return { role: message.role, content: message.content.filter((block) => !isBlankBlock(block)) };
  });
}

/** Joins neighbours of one role and drops empty turns: "roles must alternate". */
export function mergeTurns(messages: Message[], note: Note): Message[] {
  if (!messages.some((message, at) => isEmpty(message) || messages[at - 1]?.role === message.role)) return messages;
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (isEmpty(message)) {
      note('empty message dropped', 'Converse refuses messages without content');
    } else if (last?.role === message.role) {
      note('messages merged', 'Converse wants the roles to alternate');
      for (const block of message.content) last.content.push(block);
    } else {
      merged.push({ role: message.role, content: message.content.slice() });
    }
  }
  return merged;
}

/** Content is what is left without cache points. */
function isEmpty(message: Message): boolean {
  return !message.content.some((block) => !('cachePoint' in block));
}

function isReasoning(block: ContentBlock): boolean {
  return 'reasoningContent' in block;
}

function isBlankBlock(block: ContentBlock): boolean {
  return 'text' in block && isBlank(block.text);
}
