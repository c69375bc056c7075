import { isObject, type JsonObject, type JsonValue } from '../../base/json.ts';

const text = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null);
const count = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);

/** Converse's citation in Anthropic's form; undefined for one without a place that Anthropic has a form for. */
export function anthropicCitation(citation: JsonObject): JsonObject | undefined {
  if (typeof citation['type'] === 'string') return citation; // it came from Anthropic's own API
  const location = citation['location'];
  if (!isObject(location)) return undefined;
  const common = { cited_text: citedText(citation['sourceContent']) };
  for (const [kind, place] of Object.entries(location)) {
    if (isObject(place)) return placed(kind, place, citation, common);
  }
  return undefined;
}

function placed(
  kind: string,
  place: JsonObject,
  citation: JsonObject,
  common: { cited_text: string },
): JsonObject | undefined {
  const title = text(citation['title']);
  const { start, end } = { start: count(place['start']), end: count(place['end']) };
  const document = { ...common, document_index: count(place['documentIndex']), document_title: title, file_id: null };
  switch (kind) {
    case 'documentChar':
      return { type: 'char_location', ...document, start_char_index: start, end_char_index: end };
    case 'documentPage':
      return { type: 'page_location', ...document, start_page_number: start, end_page_number: end };
    case 'documentChunk':
      return { type: 'content_block_location', ...document, start_block_index: start, end_block_index: end };
    case 'searchResultLocation':
      return {
        type: 'search_result_location',
        ...common,
        search_result_index: count(place['searchResultIndex']),
        source: text(citation['source']) ?? '',
        title,
        start_block_index: start,
        end_block_index: end,
      };
    case 'web':
      return {
        type: 'web_search_result_location',
        ...common,
        url: text(place['url']) ?? '',
        title,
        encrypted_index: '',
      };
    default:
      return undefined;
  }
}

function citedText(source: JsonValue | undefined): string {
  if (!Array.isArray(source)) return '';
  return source.map((part) => (isObject(part) ? (text(part['text']) ?? '') : '')).join('');
}
