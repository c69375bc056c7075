import type { Note } from './notes.ts';
import type { CachePoint, ContentBlock, ConverseRequest, Message } from './request.ts';
import { rewriteList } from './rewrite-list.ts';
import { withLists } from './with-lists.ts';

const maxPoints = 4;

type Pointed = { cachePoint: CachePoint };

/**
 * Puts cache points where Converse takes them: behind something, not straight after reasoning or a document that is no PDF,
 * at most 4 in a request, and no longer TTL after a shorter one along tools → system → messages.
 */
export function checkCachePoints(request: ConverseRequest, note: Note): ConverseRequest {
  if (!hasPoints(request)) return request;
  return limitPoints(placePoints(request, note), note);
}

function hasPoints(request: ConverseRequest): boolean {
  return (
    request.messages.some((message) => message.content.some(isPoint)) ||
    request.system?.some(isPoint) === true ||
    request.toolConfig?.tools.some(isPoint) === true
  );
}

function isPoint(block: object): block is Pointed {
  return 'cachePoint' in block;
}

function placePoints(request: ConverseRequest, note: Note): ConverseRequest {
  const messages = rewriteList(request.messages, (message) => placeInTurn(message, note));
  const system = request.system && onlyBehindContent(request.system, note);
  const tools = request.toolConfig && onlyBehindContent(request.toolConfig.tools, note);
  return withLists(request, { messages, system, tools });
}

function onlyBehindContent<T extends object>(list: T[], note: Note): T[] {
  return rewriteList(list, (item, at) => {
    const before = list[at - 1];
    if (!isPoint(item) || (before && !isPoint(before))) return item;
    note('cache point dropped', 'a cache point must follow something to cache');
    return undefined;
  });
}

/** "Cache point cannot be inserted after reasoning block": a misplaced point waits for the next block that bears one. */
function placeInTurn(message: Message, note: Note): Message {
  if (!message.content.some(isPoint)) return message;
  const content: ContentBlock[] = [];
  let waiting: Pointed | undefined;
  let moved = false;
  for (const block of message.content) {
    if (!isPoint(block)) {
      content.push(block);
      if (waiting && bears(block)) {
        content.push(waiting);
        waiting = undefined;
      }
    } else if (bears(content.at(-1))) {
      content.push(block);
    } else {
      moved = true;
      waiting = content.length > 0 && !isPoint(content.at(-1) ?? block) ? block : waiting;
    }
  }
  if (!moved) return message;
  if (waiting) moveBack(content, waiting);
  note(
    'cache point moved',
    'Converse refuses cache points after reasoning, at the start, and after documents that are no PDF',
  );
  return { role: message.role, content };
}

/** Sets a point behind the last block that bears one, if none stands there. */
function moveBack(content: ContentBlock[], point: Pointed): void {
  const at = content.findLastIndex(bears);
  const next = content[at + 1];
  if (at >= 0 && !(next && isPoint(next))) content.splice(at + 1, 0, point);
}

/** Behind any other document than a PDF: "messages.0.content.3.type: Field required" (strands-agents/harness-sdk#1966). */
function bears(block: ContentBlock | undefined): boolean {
  if (!block || isPoint(block) || 'reasoningContent' in block) return false;
  return !('document' in block) || block.document.format === 'pdf';
}

/** Keeps the points of tools and system and the last of the messages, and lets no TTL rise. */
function limitPoints(request: ConverseRequest, note: Note): ConverseRequest {
  const count = countPoints(request);
  const inMessages = pointsInMessages(request);
  let dropInMessages = Math.min(inMessages, Math.max(0, count - maxPoints));
  let dropAhead = Math.max(0, count - maxPoints - dropInMessages);
  let shortened = false;
  const lawful = <T extends object>(block: T, dropHere: () => boolean): T | undefined => {
    if (!isPoint(block)) return block;
    if (dropHere()) {
      note('cache point dropped', `a request holds at most ${maxPoints} cache points`);
      return undefined;
    }
    if (block.cachePoint.ttl !== '1h') shortened = true;
    else if (shortened) {
      note('cache time shortened', 'a longer cache time must stand before a shorter one');
      return { ...block, cachePoint: { type: 'default' } };
    }
    return block;
  };
  const ahead = (): boolean => dropAhead-- > 0;
  const tools = request.toolConfig && rewriteList(request.toolConfig.tools, (tool) => lawful(tool, ahead));
  const system = request.system && rewriteList(request.system, (block) => lawful(block, ahead));
  const messages = rewriteList(request.messages, (message) => {
    const content = rewriteList(message.content, (block) => lawful(block, () => dropInMessages-- > 0));
    return content === message.content ? message : { role: message.role, content };
  });
  return withLists(request, { messages, system, tools });
}

/** How many cache points a request holds, all places together. */
export function countPoints(request: ConverseRequest): number {
  const inSystem = request.system?.filter(isPoint).length ?? 0;
  const inTools = request.toolConfig?.tools.filter(isPoint).length ?? 0;
  return pointsInMessages(request) + inSystem + inTools;
}

function pointsInMessages({ messages }: ConverseRequest): number {
  return messages.reduce((sum, { content }) => sum + content.filter(isPoint).length, 0);
}
