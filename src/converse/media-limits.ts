import { ProxyError } from '../base/errors.ts';
import { documentNames } from './document-names.ts';
import type { Note } from './notes.ts';
import type { Base64, ContentBlock, DocumentBlock, ImageBlock, Message, ToolResultContent } from './request.ts';
import { rewriteList } from './rewrite-list.ts';
import { isBlank } from './turns.ts';

/** Limits of API_runtime_Message and ImageBlock; sizes are of the raw bytes, before base64. */
export const maxMedia = 20;
export const maxDocumentsPerTurn = 5;
export const mediaLimits = { imageBytes: 3_932_160, documentBytes: 4_718_592 } as const;

/**
 * Keeps images and documents within the service's limits: at most 20 in the whole request (the oldest give way to a
 * placeholder), 5 documents per turn, legal unique names, and text beside each document.
 * Throws `invalid_request` for what is too large, because nothing smaller can stand for it.
 */
export function checkMedia(messages: Message[], note: Note): Message[] {
  const total = countMedia(messages);
  if (total === 0) return messages;
  const names = documentNames();
  const state = { surplus: total - maxMedia, names, note };
  return rewriteList(messages, (message) => {
    const content = rewriteList(message.content, (block) => lawfulBlock(block, state));
    checkCount(content);
    const beside = textBeside(content, note);
    return beside === message.content ? message : { role: message.role, content: beside };
  });
}

type State = { surplus: number; names: (name: string) => string; note: Note };

function lawfulBlock(block: ContentBlock, state: State): ContentBlock {
  if ('image' in block || 'document' in block) return lawfulMedium(block, state);
  if (!('toolResult' in block)) return block;
  const content = rewriteList(
    block.toolResult.content,
    (item): ToolResultContent => ('image' in item || 'document' in item ? lawfulMedium(item, state) : item),
  );
  return content === block.toolResult.content ? block : { toolResult: { ...block.toolResult, content } };
}

type Medium = { image: ImageBlock } | { document: DocumentBlock };

function lawfulMedium(medium: Medium, state: State): Medium | { text: string } {
  const kind = 'image' in medium ? 'image' : 'document';
  if (state.surplus > 0) {
    state.surplus--;
    state.note('oldest media left out', `a request holds at most ${maxMedia} images and documents`);
    return placeholder(medium);
  }
  if ('document' in medium && isBlankDocument(medium.document)) {
    state.note('blank document told in words', 'Converse refuses blank text');
    const { name, context } = medium.document;
    return { text: withContext(`[the document ${name} is empty]`, context) };
  }
  const source = 'image' in medium ? medium.image.source : medium.document.source;
  if ('bytes' in source) checkSize(kind, byteLength(source.bytes));
  if ('image' in medium) return medium;
  const document = lawfulDocument(medium.document, state);
  return document === medium.document ? medium : { document };
}

function isBlankDocument({ source }: DocumentBlock): boolean {
  if ('text' in source) return isBlank(source.text);
  return 'content' in source && source.content.every((part) => isBlank(part.text));
}

/** What stands in an old medium's place: words that a document carries as text stay. */
function placeholder(medium: Medium): { text: string } {
  if ('image' in medium) return { text: '[an earlier image was left out here]' };
  const { document } = medium;
  return { text: wordsOf(document) ?? `[an earlier document, ${document.name}, was left out here]` };
}

const textFormats = new Set<DocumentBlock['format']>(['csv', 'html', 'txt', 'md']);

/** All that a document of text says, with its name and what was said about it; undefined for one that only a reader of its format can read. */
export function wordsOf({ name, format, context, source }: DocumentBlock): string | undefined {
  const head = withContext(`[document ${name}]`, context);
  if ('text' in source) return `${head}\n${source.text}`;
  if ('content' in source) return `${head}\n${source.content.map((part) => part.text).join('\n')}`;
  if ('bytes' in source && textFormats.has(format))
    return `${head}\n${Buffer.from(source.bytes, 'base64').toString('utf8')}`;
  return undefined;
}

const withContext = (head: string, context: string | undefined): string =>
  context === undefined ? head : `${head}\n${context}`;

function checkSize(kind: 'image' | 'document', bytes: number): void {
  const limit = kind === 'image' ? mediaLimits.imageBytes : mediaLimits.documentBytes;
  if (bytes <= limit) return;
  throw new ProxyError(
    'invalid_request',
    `An attached ${kind} has ${bytes} bytes; Bedrock takes at most ${limit}. Send a smaller one.`,
    { param: 'messages' },
  );
}

/** How many bytes a base64 text stands for, padded or not. */
export function byteLength(base64: Base64): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
}

/** Only PDF and plain text can be cited (boto/boto3#4726). */
const citable = new Set<DocumentBlock['format']>(['pdf', 'txt', undefined]);

function lawfulDocument(document: DocumentBlock, state: State): DocumentBlock {
  const name = state.names(document.name);
  if (name !== document.name) state.note('document renamed', 'Converse takes plain, unique names for documents');
  const source = spokenSource(document.source);
  const drop = document.citations !== undefined && !citable.has(document.format);
  if (drop) state.note('citations dropped', 'only PDF and text documents can be cited');
  if (name === document.name && !drop && source === document.source) return document;
  const { citations, ...rest } = document;
  return { ...rest, name, source, ...(citations && !drop && { citations }) };
}

/** The chunks of a document that say something. */
function spokenSource(source: DocumentBlock['source']): DocumentBlock['source'] {
  if (!('content' in source) || !source.content.some((part) => isBlank(part.text))) return source;
  return { content: source.content.filter((part) => !isBlank(part.text)) };
}

function checkCount(content: readonly ContentBlock[]): void {
  const documents = content.reduce((count, block) => count + ('document' in block ? 1 : 0), 0);
  if (documents <= maxDocumentsPerTurn) return;
  throw new ProxyError(
    'invalid_request',
    `A message carries ${documents} documents; Bedrock takes at most ${maxDocumentsPerTurn}. Send them over several turns.`,
    { param: 'messages' },
  );
}

/** The content with text beside its documents: "A document needs a text block in the same message" (API_runtime_Message). */
export function textBeside(content: ContentBlock[], note: Note): ContentBlock[] {
  if (!content.some((block) => 'document' in block) || content.some((block) => 'text' in block)) return content;
  note('text added beside a document', 'Converse wants a text block beside documents');
  return [...content, { text: 'See the attached document.' }];
}

function countMedia(messages: readonly Message[]): number {
  let count = 0;
  for (const message of messages) {
    for (const block of message.content) {
      if ('image' in block || 'document' in block) count++;
      else if ('toolResult' in block) {
        for (const item of block.toolResult.content) if ('image' in item || 'document' in item) count++;
      }
    }
  }
  return count;
}
