import type { Note } from './notes.ts';
import type { ContentBlock, Message, Role } from './request.ts';

type BlockName = ContentBlock extends infer Block ? (Block extends ContentBlock ? keyof Block : never) : never;

/** What each role may hold; images and documents only in user turns (AWS, API_runtime_Message). */
const holds: Record<Role, ReadonlySet<BlockName>> = {
  user: new Set<BlockName>([
    'text',
    'image',
    'document',
    'audio',
    'video',
    'toolResult',
    'cachePoint',
    'guardContent',
    'searchResult',
  ]),
  assistant: new Set<BlockName>(['text', 'toolUse', 'reasoningContent', 'cachePoint', 'citationsContent']),
  system: new Set<BlockName>(['text', 'cachePoint']),
};

/**
 * Brings each block into a turn of a role that may hold it: what only a user may send moves to the next user turn,
 * what only the model may say becomes text.
 */
export function placeBlocks(messages: Message[], note: Note): Message[] {
  if (!messages.some((message) => message.content.some((block) => !fits(message.role, block)))) return messages;
  const placed: Message[] = [];
  let waiting: ContentBlock[] = [];
  const seatWaiting = (): void => {
    if (waiting.length > 0) placed.push({ role: 'user', content: waiting });
    waiting = [];
  };
  for (const message of messages) {
    if (message.role === 'assistant') seatWaiting();
    const content: ContentBlock[] = message.role === 'user' ? waiting.splice(0) : [];
    for (const block of message.content) {
      if (fits(message.role, block)) content.push(block);
      else if (fits('user', block)) waiting.push(block);
      else content.push(...asText(block, note));
    }
    if (waiting.length > 0) note('blocks moved to a user turn', 'only user turns may hold media and tool results');
    placed.push({ role: message.role, content });
  }
  seatWaiting();
  return placed;
}

function nameOf(block: ContentBlock): BlockName {
  for (const name in block) return name as BlockName; // each block has exactly one key
  return 'text';
}

function fits(role: Role, block: ContentBlock): boolean {
  return holds[role].has(nameOf(block));
}

/** A block of the model's own kind that stands in someone else's turn. */
function asText(block: ContentBlock, note: Note): ContentBlock[] {
  if ('reasoningContent' in block) {
    note('misplaced reasoning dropped', 'only assistant turns may hold reasoning');
    return [];
  }
  note('misplaced block turned into text', 'only assistant turns may hold tool calls and citations');
  if ('toolUse' in block) return [{ text: `[tool call ${block.toolUse.name}] ${JSON.stringify(block.toolUse.input)}` }];
  if ('citationsContent' in block) return block.citationsContent.content;
  return [];
}
