import type { Change } from '../../converse/changes.ts';
import { report } from '../../converse/notes.ts';
import type { CachePoint, ContentBlock, ToolResultBlock, ToolResultContent } from '../../converse/request.ts';
import { jsonValue } from '../json-value.ts';
import { audioBlock, fileBlock, imageBlock, readDataUrl, textDocument, videoBlock } from '../media-blocks.ts';
import { invalid, unsupported } from '../refuse.ts';
import { readThought } from './reasoning.ts';
import type { CacheControl, InnerPart, Part } from './schema.ts';

/** What the translation of one request shares: the changes made so far, and names for its documents. */
export type Desk = { changes: Change[]; documentName: (filename: string | undefined) => string };

type Marked = { cache_control?: CacheControl; copilot_cache_control?: CacheControl };

/** A cache point behind what carries `cache_control`; nothing else. */
export function cachePointAfter(marked: Marked): { cachePoint: CachePoint }[] {
  const control = marked.cache_control ?? marked.copilot_cache_control;
  if (!control) return [];
  const { ttl } = control;
  return [{ cachePoint: ttl === '1h' || ttl === '5m' ? { type: 'default', ttl } : { type: 'default' } }];
}

/** A message's content in Converse's blocks, in its order. */
export function contentBlocks(content: string | Part[] | null | undefined, desk: Desk, at: string): ContentBlock[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }];
  return (content ?? []).flatMap((part, index) => [
    ...partBlocks(part, desk, `${at}[${index}]`),
    ...cachePointAfter(part),
  ]);
}

/** One part, of OpenAI's shape or of the Anthropic or Responses shapes that clients mix in (case 37). */
function partBlocks(part: Part, desk: Desk, at: string): ContentBlock[] {
  switch (part.type) {
    case 'tool_use': {
      if (!part.id || !part.name) throw invalid(at, `'${at}' needs both 'id' and 'name' to be a tool call.`);
      return [{ toolUse: { toolUseId: part.id, name: part.name, input: jsonValue(part.input ?? {}) } }];
    }
    case 'tool_result': {
      if (!part.tool_use_id) throw invalid(`${at}.tool_use_id`, `'${at}.tool_use_id' must name the call it answers.`);
      const status = part.is_error === true ? { status: 'error' as const } : {};
      return toolResult(part.tool_use_id, part.content, desk, `${at}.content`, status);
    }
    case 'thinking':
    case 'redacted_thinking': {
      const thought = readThought(part);
      return thought ? [{ reasoningContent: thought }] : [];
    }
    case 'reasoning':
      report(desk.changes, {
        what: 'reasoning items dropped',
        why: 'Their encrypted content was made by another service.',
      });
      return [];
    default:
      return mediaBlocks(part, desk, at);
  }
}

/** Parts that may also stand inside a tool's result. */
function mediaBlocks(part: InnerPart, desk: Desk, at: string): ContentBlock[] {
  switch (part.type) {
    case 'image_url':
    case 'input_image':
      return [imageFromLink(part, desk, at)];
    case 'image':
    case 'document':
      return [fromSource(part, desk, `${at}.source`)];
    case 'file':
    case 'input_file':
      return [fromFile(part, desk, part.type === 'file' ? `${at}.file` : at)];
    case 'input_audio': {
      const { data, format } = part.input_audio ?? {};
      if (!data || !format) throw invalid(`${at}.input_audio`, `'${at}.input_audio' must hold 'data' and 'format'.`);
      return [audioBlock(data, format, `${at}.input_audio`)];
    }
    case 'video_url':
    case 'input_video':
      return [videoBlock(linkOf(part.video_url, `${at}.video_url`), `${at}.video_url`)];
    default:
      return textBlocks(part, at);
  }
}

/** Any other part is worth its text; one without text is refused, because dropping it would lose what the person wrote. */
function textBlocks(part: InnerPart, at: string): ContentBlock[] {
  const text = part.text ?? part.refusal;
  if (typeof text === 'string') return text === '' ? [] : [{ text }];
  const type = part.type ?? '(none)';
  if (['text', 'input_text', 'output_text', 'refusal'].includes(type)) {
    throw invalid(`${at}.text`, `'${at}.text' is missing; it must be a string.`);
  }
  throw invalid(
    `${at}.type`,
    `'${at}.type' is '${type}'; known are text, image_url, file, input_audio, video_url, refusal, the Responses API's input_text, input_image and input_file, and Anthropic's image, document, tool_use and tool_result.`,
  );
}

function linkOf(link: string | { url: string } | null | undefined, at: string): string {
  const url = typeof link === 'string' ? link : link?.url;
  if (!url) throw invalid(at, `'${at}' must hold a data URL, such as data:image/png;base64,iVBORw0….`);
  return url;
}

/** Clients without a part for files send a PDF by this one (BerriAI/litellm, base_llm_unit_tests). */
function imageFromLink(part: InnerPart, desk: Desk, at: string): ContentBlock {
  const isText = typeof part.image_url === 'string' || part.type === 'input_image';
  const param = isText ? `${at}.image_url` : `${at}.image_url.url`;
  if (part.file_id && !part.image_url) throw noStoredFiles(`${at}.file_id`);
  const { data, mediaType } = readDataUrl(linkOf(part.image_url, param), param);
  const isFile = /^(?:application|text)\//.test(mediaType);
  return isFile ? fileBlock({ base64: data, mediaType }, desk.documentName, param) : imageBlock(data, param);
}

/** Anthropic's `image` and `document`. */
function fromSource(part: InnerPart, desk: Desk, at: string): ContentBlock {
  const source = part.source ?? {};
  const filename = part.title ?? undefined;
  if (source.type === 'text' && typeof source.data === 'string')
    return textDocument({ text: source.data }, filename, desk.documentName);
  if (source.url) return fileBlock({ base64: readDataUrl(source.url, at).data, filename }, desk.documentName, at);
  if (!source.data) throw invalid(at, `'${at}' must hold base64 'data' and a 'media_type'.`);
  if (part.type === 'image') return imageBlock(source.data, at);
  return fileBlock({ base64: source.data, filename, mediaType: source.media_type ?? undefined }, desk.documentName, at);
}

/** `file_data` is a data URL by OpenAI's examples and bare base64 by its reference: both are read. */
function fromFile(part: InnerPart, desk: Desk, at: string): ContentBlock {
  const file = part.file ?? part;
  const data = file.file_data;
  if (!data) {
    if (part.file_url) readDataUrl(part.file_url, `${at}.file_url`);
    if (file.file_id) throw noStoredFiles(`${at}.file_id`);
    throw invalid(`${at}.file_data`, `'${at}.file_data' is missing; it must be the file's base64 data.`);
  }
  const isUrl = /^[a-z]+:/i.test(data.slice(0, 16));
  const url = isUrl ? readDataUrl(data, `${at}.file_data`) : undefined;
  const described = { base64: url?.data ?? data, filename: file.filename ?? undefined, mediaType: url?.mediaType };
  return fileBlock(described, desk.documentName, `${at}.file_data`);
}

const noStoredFiles = (param: string) =>
  unsupported(param, 'There is no Files API here, so a file id means nothing. Send the file itself as base64 data.');

/**
 * A tool's result as one block, its cache points behind it (case 77). Results are text: what is JSON by its look stays
 * text, because Converse's `json` takes objects only (case 25). Media Converse has no place for there stand behind.
 */
export function toolResult(
  toolUseId: string,
  content: string | readonly (Part | InnerPart)[] | null | undefined,
  desk: Desk,
  at: string,
  status: Pick<ToolResultBlock, 'status'> = {},
): ContentBlock[] {
  if (typeof content === 'string') return [{ toolResult: { toolUseId, content: [{ text: content }], ...status } }];
  const parts = content ?? [];
  const blocks = parts.flatMap((part, index) => mediaBlocks(part, desk, `${at}[${index}]`));
  return [
    { toolResult: { toolUseId, content: blocks.filter(isResultContent), ...status } },
    ...blocks.filter((block) => !isResultContent(block)),
    ...parts.flatMap(cachePointAfter).slice(-1),
  ];
}

function isResultContent(block: ContentBlock): block is ContentBlock & ToolResultContent {
  return 'text' in block || 'image' in block || 'document' in block || 'video' in block;
}
