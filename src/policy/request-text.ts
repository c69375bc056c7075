import { type JsonObject, type JsonValue, keptDigits } from '../base/json.ts';
import type { Native } from '../converse/call.ts';
import type {
  ContentBlock,
  ConverseRequest,
  DocumentBlock,
  Message,
  SearchResultBlock,
  SystemBlock,
  Tool,
  ToolResultContent,
} from '../converse/request.ts';
import { withLists } from '../converse/with-lists.ts';

/** What becomes of one text; the same string says that nothing does. `holder` is the block whose `text` it is. */
export type TextMap = (text: string, holder?: object) => string;

/**
 * A request with every text that a person, an editor or a tool wrote passed through `map`: system, messages, thinking,
 * tool calls and results, documents and files of text, tool descriptions, stop sequences. Parts in which nothing changed are the same
 * objects. Ids, names, schemas, media bytes and encrypted thinking are not text.
 */
export function mapRequestText(request: ConverseRequest, map: TextMap): ConverseRequest {
  // In the order in which the model reads them: what a text tells `map` holds for those behind it.
  const tools = request.toolConfig && mapList(request.toolConfig.tools, (tool) => mapTool(tool, map));
  const system = request.system && mapList(request.system, (block) => mapSystem(block, map));
  const messages = mapList(request.messages, (message) => mapMessage(message, map));
  return mapStops(withLists(request, { messages, system, tools }), map);
}

function mapStops(request: ConverseRequest, map: TextMap): ConverseRequest {
  const before = request.inferenceConfig?.stopSequences;
  if (!before) return request;
  const stopSequences = mapList(before, (text) => map(text));
  return stopSequences === before
    ? request
    : { ...request, inferenceConfig: { ...request.inferenceConfig, stopSequences } };
}

/** A request with the values of its metadata mapped: the model never sees them, but the account's invocation log does. */
export function mapMetadata(request: ConverseRequest, map: TextMap): ConverseRequest {
  if (!request.requestMetadata) return request;
  const pairs = Object.entries(request.requestMetadata).map(([name, value]) => [name, map(value)] as const);
  return { ...request, requestMetadata: Object.fromEntries(pairs) };
}

/** The same list when no member changed. */
function mapList<T>(list: T[], map: (item: T) => T): T[] {
  let changed = false;
  const mapped = list.map((item) => {
    const next = map(item);
    changed ||= next !== item;
    return next;
  });
  return changed ? mapped : list;
}

function mapMessage(message: Message, map: TextMap): Message {
  const content = mapList(message.content, (block) => mapBlock(block, map));
  return content === message.content ? message : { ...message, content };
}

function mapBlock(block: ContentBlock, map: TextMap): ContentBlock {
  if ('text' in block) return mapText(block, map);
  if ('toolUse' in block) {
    const input = mapJson(block.toolUse.input, map);
    return input === block.toolUse.input ? block : { toolUse: { ...block.toolUse, input } };
  }
  if ('toolResult' in block) {
    const content = mapList(block.toolResult.content, (part) => mapResult(part, map));
    return content === block.toolResult.content ? block : { toolResult: { ...block.toolResult, content } };
  }
  if ('reasoningContent' in block && 'reasoningText' in block.reasoningContent) {
    const reasoningText = mapText(block.reasoningContent.reasoningText, map);
    return reasoningText === block.reasoningContent.reasoningText ? block : { reasoningContent: { reasoningText } };
  }
  if ('document' in block) return mapDocument(block, map);
  if ('guardContent' in block && 'text' in block.guardContent) {
    const text = mapText(block.guardContent.text, map);
    return text === block.guardContent.text ? block : { guardContent: { text } };
  }
  if ('searchResult' in block) return mapSearchResult(block, map);
  if ('citationsContent' in block) {
    const content = mapList(block.citationsContent.content, (part) => mapText(part, map));
    return content === block.citationsContent.content
      ? block
      : { citationsContent: { ...block.citationsContent, content } };
  }
  return block;
}

function mapResult(part: ToolResultContent, map: TextMap): ToolResultContent {
  if ('text' in part) return mapText(part, map);
  if ('json' in part) {
    const json = mapJson(part.json, map);
    return json === part.json ? part : { json };
  }
  if ('document' in part) return mapDocument(part, map);
  return 'searchResult' in part ? mapSearchResult(part, map) : part;
}

function mapSearchResult(
  block: { searchResult: SearchResultBlock },
  map: TextMap,
): { searchResult: SearchResultBlock } {
  const { title: before, content: parts } = block.searchResult;
  const title = map(before);
  const content = mapList(parts, (part) => mapText(part, map));
  return title === before && content === parts ? block : { searchResult: { ...block.searchResult, title, content } };
}

function mapDocument(block: { document: DocumentBlock }, map: TextMap): { document: DocumentBlock } {
  const source = mapSource(block.document, map);
  const context = block.document.context && map(block.document.context);
  if (source === block.document.source && context === block.document.context) return block;
  return { document: { ...block.document, source, ...(context !== undefined && { context }) } };
}

const textFormats: ReadonlySet<DocumentBlock['format']> = new Set(['txt', 'md', 'csv', 'html']);

function mapSource({ source, format }: DocumentBlock, map: TextMap): DocumentBlock['source'] {
  if ('text' in source) return mapText(source, map);
  if ('bytes' in source && textFormats.has(format)) {
    const bytes = mapBase64(source.bytes, map);
    return bytes === source.bytes ? source : { bytes };
  }
  if (!('content' in source)) return source;
  const content = mapList(source.content, (part) => mapText(part, map));
  return content === source.content ? source : { content };
}

function mapBase64(base64: string, map: TextMap): string {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const mapped = map(text);
  return mapped === text ? base64 : Buffer.from(mapped).toString('base64');
}

function mapSystem(block: SystemBlock, map: TextMap): SystemBlock {
  return 'text' in block ? mapText(block, map) : block;
}

function mapTool(tool: Tool, map: TextMap): Tool {
  if (!('toolSpec' in tool) || tool.toolSpec.description === undefined) return tool;
  const description = map(tool.toolSpec.description);
  return description === tool.toolSpec.description ? tool : { toolSpec: { ...tool.toolSpec, description } };
}

function mapText<T extends { text: string }>(holder: T, map: TextMap): T {
  const text = map(holder.text, holder);
  return text === holder.text ? holder : { ...holder, text };
}

/** Members of a native body that are no text: bytes, signatures, ids, names and schemas. */
const notText: ReadonlySet<string> = new Set([
  'data',
  'signature',
  'id',
  'tool_use_id',
  'type',
  'name',
  'media_type',
  'anthropic_version',
  'input_schema',
  'output_config',
]);

/** Maps every text of a body that goes out as it is, whatever its dialect. */
export function mapNativeText(native: Native, map: TextMap): Native {
  const mapValue = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(mapValue);
    if (typeof value !== 'object' || value === null) return typeof value === 'string' ? map(value) : value;
    return mapBody(value);
  };
  const mapBody = (body: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(body).map(([name, value]) => [name, mapMember(body, name, value)]));
  const mapMember = (body: JsonObject, name: string, value: JsonValue): JsonValue => {
    // A tool's input is the person's own data, whatever its members are called; a document's data may be its text.
    if (name === 'input') return mapJson(value, map);
    if (name === 'data' && body['type'] === 'text') return mapValue(value);
    const isText = typeof body['media_type'] === 'string' && body['media_type'].startsWith('text/');
    if (name === 'data' && isText && typeof value === 'string') return mapBase64(value, map);
    return notText.has(name) ? value : mapValue(value);
  };
  return native.dialect === 'embeddings'
    ? { ...native, bodies: native.bodies.map(mapBody) }
    : { ...native, body: mapBody(native.body) };
}

/** A JSON value with each string mapped, names of members left alone; the same value where nothing changed. */
export function mapJson(value: JsonValue, map: TextMap): JsonValue {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return mapList(value, (item) => mapJson(item, map));
  if (typeof value !== 'object' || value === null) return value;
  const digits = keptDigits(value);
  if (digits !== undefined) {
    const mapped = map(digits);
    return mapped === digits ? value : mapped;
  }
  let changed = false;
  const members = Object.entries(value).map(([name, member]) => {
    const next = mapJson(member, map);
    changed ||= next !== member;
    return [name, next] as const;
  });
  return changed ? Object.fromEntries(members) : value;
}
