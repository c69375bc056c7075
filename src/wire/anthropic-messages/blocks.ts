import { isObject } from '../../base/json.ts';
import type {
  ContentBlock,
  Message,
  SearchResultBlock,
  SystemBlock,
  ToolResultContent,
} from '../../converse/request.ts';
import type { Adaptations } from '../adaptations.ts';
import { jsonValue } from '../json-value.ts';
import { cleanBase64 } from '../media.ts';
import { fileBlock, imageBlock, readDataUrl, textDocument } from '../media-blocks.ts';
import { unsupported } from '../refuse.ts';
import { withoutBillingLine } from './billing-line.ts';
import type { BlockParam, CacheControl, MessageParam, ToolResultPart } from './schema.ts';

/** What the translation of one request's blocks shares. */
export type BlockContext = {
  adapt: Adaptations;
  /** Gives each document of the request a lawful name of its own. */
  documentName(title: string | undefined): string;
};

type Of<Type extends BlockParam['type']> = Extract<BlockParam, { type: Type }>;
type CachePointBlock = { cachePoint: { type: 'default'; ttl?: '5m' | '1h' } };

/** A `cachePoint` for a `cache_control` mark; nothing without one. `scope` and other members have no place in Converse. */
export function cachePoint(control: CacheControl, adapt: Adaptations): CachePointBlock[] {
  if (!control) return [];
  if ('scope' in control) adapt.changed('cache_control.scope dropped', 'Bedrock caches per account and Region only.');
  return [{ cachePoint: control.ttl ? { type: 'default', ttl: control.ttl } : { type: 'default' } }];
}

/** `system` as Converse wants it: one block each, a cache point after every marked one. */
export function systemBlocks(
  system: string | readonly { text: string; cache_control?: CacheControl }[],
  adapt: Adaptations,
): SystemBlock[] {
  if (typeof system === 'string') return [{ text: system }];
  return withoutBillingLine(system, adapt).flatMap(({ text, cache_control }) => [
    { text },
    ...cachePoint(cache_control, adapt),
  ]);
}

/** A message as Converse has it; `param` is its place in the request, for errors. */
export function converseMessage(message: MessageParam, param: string, context: BlockContext): Message {
  const content =
    typeof message.content === 'string'
      ? [{ text: message.content }]
      : message.content.flatMap((block, at) => contentBlocks(block, `${param}.content[${at}]`, context));
  return { role: message.role, content };
}

function contentBlocks(block: BlockParam, param: string, context: BlockContext): ContentBlock[] {
  switch (block.type) {
    case 'text':
      return [textBlock(block, context), ...cachePoint(block.cache_control, context.adapt)];
    case 'image':
      return [imageOf(block, param), ...cachePoint(block.cache_control, context.adapt)];
    case 'document':
      return [documentOf(block, param, context), ...cachePoint(block.cache_control, context.adapt)];
    case 'search_result':
      return [{ searchResult: searchResultOf(block) }, ...cachePoint(block.cache_control, context.adapt)];
    case 'thinking':
      return [thinkingBlock(block)];
    case 'redacted_thinking':
      return redactedBlock(block, context.adapt);
    case 'tool_use':
      return [toolUseBlock(block), ...cachePoint(block.cache_control, context.adapt)];
    case 'tool_result':
      return toolResultBlocks(block, param, context);
    default:
      throw unsupported(
        param,
        `${param}: '${block.type}' blocks are of Anthropic's own service; Bedrock does not take them here.`,
        'start a new conversation, or go on without the turn that holds the block',
      );
  }
}

function textBlock(block: Of<'text'>, context: BlockContext): { text: string } {
  if (block.citations?.length) {
    context.adapt.changed('citations in history dropped', 'Earlier answers go back to the model as plain text.');
  }
  return { text: block.text };
}

/** Signatures may come with empty text; such a block must go back as it is (case 57). */
function thinkingBlock(block: Of<'thinking'>): ContentBlock {
  const { thinking, signature } = block;
  return { reasoningContent: { reasoningText: signature ? { text: thinking, signature } : { text: thinking } } };
}

function redactedBlock(block: Of<'redacted_thinking'>, adapt: Adaptations): ContentBlock[] {
  const data = cleanBase64(block.data);
  if (data) return [{ reasoningContent: { redactedContent: data } }];
  adapt.changed('foreign redacted_thinking dropped', 'Its data is not what Bedrock gave out.');
  return [];
}

function toolUseBlock(block: Of<'tool_use'>): ContentBlock {
  const input = isObject(block.input) ? jsonValue(block.input) : {};
  return { toolUse: { toolUseId: block.id, name: block.name, input } };
}

/** Cache marks inside a result move behind it, where alone Converse allows them (case 77). */
function toolResultBlocks(block: Of<'tool_result'>, param: string, context: BlockContext): ContentBlock[] {
  const parts = typeof block.content === 'string' ? [] : (block.content ?? []);
  const content =
    typeof block.content === 'string'
      ? [{ text: block.content }]
      : parts.map((part, at) => resultContent(part, `${param}.content[${at}]`, context));
  const inner = parts.find((part) => part.type !== 'tool_reference' && part.cache_control);
  const mark = block.cache_control ?? (inner?.type === 'tool_reference' ? undefined : inner?.cache_control);
  const status = block.is_error ? { status: 'error' as const } : {};
  return [{ toolResult: { toolUseId: block.tool_use_id, content, ...status } }, ...cachePoint(mark, context.adapt)];
}

function resultContent(part: ToolResultPart, param: string, context: BlockContext): ToolResultContent {
  switch (part.type) {
    case 'text':
      return textBlock(part, context);
    case 'image':
      return imageOf(part, param);
    case 'document':
      return documentOf(part, param, context);
    case 'search_result':
      return { searchResult: searchResultOf(part) };
    case 'tool_reference':
      context.adapt.changed('tool_reference shown as text', 'On Bedrock every tool is sent from the start.');
      return { text: `The tool ${part.tool_name} is available.` };
    default:
      return part satisfies never;
  }
}

function imageOf({ source }: Of<'image'>, param: string): ReturnType<typeof imageBlock> {
  switch (source.type) {
    case 'base64':
      return imageBlock(source.data, `${param}.source.data`);
    case 'url':
      return imageBlock(readDataUrl(source.url, `${param}.source.url`).data, `${param}.source.url`);
    case 'file':
      throw noFiles(`${param}.source`);
    default:
      return source satisfies never;
  }
}

function documentOf(block: Of<'document'>, param: string, context: BlockContext): DocumentOrImage {
  const source = documentSource(block, `${param}.source`, context);
  if ('image' in source) return source;
  const { document } = source;
  if (block.context) document.context = block.context;
  if (block.citations?.enabled) document.citations = { enabled: true };
  return { document };
}

type DocumentOrImage = ReturnType<typeof fileBlock>;

function documentSource({ source, title }: Of<'document'>, param: string, context: BlockContext): DocumentOrImage {
  const filename = title ?? undefined;
  switch (source.type) {
    case 'base64':
      return fileBlock(
        { base64: source.data, filename, mediaType: source.media_type },
        context.documentName,
        `${param}.data`,
      );
    case 'url': {
      const { data, mediaType } = readDataUrl(source.url, `${param}.url`);
      return fileBlock({ base64: data, filename, mediaType }, context.documentName, `${param}.url`);
    }
    case 'text':
      return textDocument({ text: source.data }, filename, context.documentName);
    case 'content':
      return textDocument(
        { content: typeof source.content === 'string' ? [{ text: source.content }] : texts(source.content, param) },
        filename,
        context.documentName,
      );
    case 'file':
      throw noFiles(param);
    default:
      return source satisfies never;
  }
}

type DocumentPart = { type: 'text'; text: string } | { type: 'image' };

function texts(parts: readonly DocumentPart[], param: string): { text: string }[] {
  return parts.map((part, at) => {
    if (part.type === 'text') return { text: part.text };
    throw unsupported(`${param}.content[${at}]`, 'Documents made of content blocks can hold only text on Bedrock.');
  });
}

function searchResultOf(block: Of<'search_result'>): SearchResultBlock {
  const { source, title } = block;
  const content = block.content.map(({ text }) => ({ text }));
  return block.citations?.enabled
    ? { source, title, content, citations: { enabled: true } }
    : { source, title, content };
}

function noFiles(param: string): Error {
  return unsupported(
    param,
    `${param}: Anthropic's Files API does not exist on Bedrock. Send the data itself as a base64 source.`,
  );
}
