import { ProxyError } from '../base/errors.ts';
import { maxDocumentsPerTurn, textBeside, wordsOf } from '../converse/media-limits.ts';
import type { Capabilities } from '../converse/model.ts';
import type {
  ContentBlock,
  DocumentBlock,
  ImageBlock,
  Message,
  ToolResultBlock,
  ToolResultContent,
} from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import type { Draft } from './draft.ts';

type Medium = 'image' | 'document' | 'audio' | 'video';

const media: readonly Medium[] = ['image', 'document', 'audio', 'video'];
const allowed = { image: 'images', document: 'documents', audio: 'audio', video: 'video' } as const satisfies Record<
  Medium,
  keyof Capabilities
>;

/**
 * Replaces media that the model cannot read: documents of text by their words, what stands in the history by a
 * placeholder. Throws `unsupported` for media of the newest message, which the person expects to be seen.
 */
export function fitMedia(draft: Draft): void {
  const { messages } = draft.request;
  const fitted = rewriteList(messages, (message, at) => {
    if (message.role !== 'user') return message;
    const newest = at === messages.length - 1;
    const moved: ContentBlock[] = [];
    const content = rewriteList(message.content, (block) => fitBlock(draft, block, newest, moved));
    if (moved.length > 0) return { role: message.role, content: [...content, ...withRoom(draft, content, moved)] };
    return content === message.content ? message : { role: message.role, content };
  });
  if (fitted !== messages) draft.request = { ...draft.request, messages: fitted };
}

const unread = (kind: Medium): string => `[${kind} left out: this model cannot read it]`;

function inWords(draft: Draft, kind: Medium, text: string, why = 'the model cannot read it'): { text: string } {
  draft.note(`${kind} replaced by text`, why);
  return { text };
}

/** What comes out of tool results is not more than a turn holds: the last documents stay, as the newest. */
function withRoom(draft: Draft, content: readonly ContentBlock[], moved: readonly ContentBlock[]): ContentBlock[] {
  let surplus = [...content, ...moved].filter((block) => 'document' in block).length - maxDocumentsPerTurn;
  return moved.map((block) => {
    if (!('document' in block) || surplus-- <= 0) return block;
    const limit = `a turn holds at most ${maxDocumentsPerTurn}`;
    return inWords(draft, 'document', `[document ${block.document.name} left out: ${limit}]`, limit);
  });
}

function fitBlock(draft: Draft, block: ContentBlock, newest: boolean, moved: ContentBlock[]): ContentBlock {
  if ('toolResult' in block) return fitResult(draft, block, moved);
  const kind = media.find((name) => name in block);
  if (kind === undefined || draft.row[allowed[kind]]) return block;
  const words = 'document' in block ? wordsOf(block.document) : undefined;
  if (words === undefined && newest) {
    throw new ProxyError('unsupported', `${draft.info.name} cannot read ${allowed[kind]}.`, {
      param: 'messages',
      fix: 'claude-bedrock models list',
    });
  }
  return inWords(draft, kind, words ?? unread(kind));
}

/** Media inside a tool result move beside it where the model reads them only there. */
function fitResult(draft: Draft, block: { toolResult: ToolResultBlock }, moved: ContentBlock[]): ContentBlock {
  const { row } = draft;
  const { status, ...result } = block.toolResult;
  // "all content must be type "text" if `is_error` is true" (caozhiyuan/copilot-api#196)
  const textOnly = status === 'error' && row.messagesApi === true;
  const content = rewriteList(result.content, (item): ToolResultContent | undefined => {
    if ('video' in item && !row.video) return inWords(draft, 'video', unread('video'));
    if (!('image' in item) && !('document' in item)) return item;
    const kind = 'image' in item ? 'image' : 'document';
    if (!textOnly && isReadInResult(row, item)) return item;
    const words = 'document' in item ? wordsOf(item.document) : undefined;
    if (words !== undefined) return inWords(draft, 'document', words, 'the model does not read it in a tool result');
    draft.note(`${kind} moved out of a tool result`, 'the model does not read it there');
    if (!row[allowed[kind]]) return { text: unread(kind) };
    moved.push(item);
    return undefined;
  });
  const filled = content.length > 0 ? content : [{ text: '(see below)' }];
  if (status !== undefined && !row.toolResultStatus) {
    draft.note('tool result status dropped', 'the model refuses it');
    return { toolResult: { ...result, content: filled } };
  }
  return filled === block.toolResult.content ? block : { toolResult: { ...block.toolResult, content: filled } };
}

function isReadInResult(row: Capabilities, item: { image: ImageBlock } | { document: DocumentBlock }): boolean {
  if ('image' in item) return row.images && row.toolResultMedia.includes('image');
  const { toolResultDocuments: formats } = row;
  const isFormat = formats === undefined || formats.includes(item.document.format);
  return row.documents && row.toolResultMedia.includes('document') && isFormat;
}

/** Splits turns whose results must stand alone; a word of the assistant keeps the service from joining them again. */
export function splitResults(draft: Draft): void {
  const allowedBeside: readonly string[] = draft.row.besideToolResult;
  const fitted = rewriteList(draft.request.messages, (message): Message | Message[] => {
    if (!message.content.some((block) => 'toolResult' in block)) return message;
    const results = message.content.findLastIndex((block) => 'toolResult' in block) + 1;
    const rest = message.content.slice(results);
    if (rest.every((block) => 'cachePoint' in block || allowedBeside.some((kind) => kind in block))) return message;
    const cut = rest[0] && 'cachePoint' in rest[0] ? results + 1 : results;
    draft.note('tool results split from other content', 'the model wants them alone in their turn');
    return [
      { role: 'user', content: message.content.slice(0, cut) },
      { role: 'assistant', content: [{ text: 'Understood.' }] },
      { role: 'user', content: message.content.slice(cut) },
    ];
  });
  if (fitted !== draft.request.messages) draft.request = { ...draft.request, messages: fitted };
}

/** Documents that came out of a tool result, or lost the words beside them to another turn, need a text of their own. */
export function fitDocuments(draft: Draft): void {
  const fitted = rewriteList(draft.request.messages, (message) => {
    if (message.role !== 'user') return message;
    const content = textBeside(message.content, draft.note);
    return content === message.content ? message : { role: message.role, content };
  });
  if (fitted !== draft.request.messages) draft.request = { ...draft.request, messages: fitted };
}
