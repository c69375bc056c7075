import { isObject, type JsonObject, type JsonValue } from '../../base/json.ts';

const word = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

/** Converse's citation of `text` as OpenAI's annotation; undefined for one without a source that can be named. */
export function annotationOf(citation: JsonObject, text: string): JsonObject | undefined {
  const { location } = citation;
  if (!isObject(location)) return undefined;
  const title = word(citation['title']);
  const { web, searchResultLocation } = location;
  const url = isObject(web) ? word(web['url']) : searchResultLocation ? word(citation['source']) : '';
  if (url !== '') return { type: 'url_citation', url, title, start_index: 0, end_index: text.length };
  for (const place of Object.values(location)) {
    const index = isObject(place) ? place['documentIndex'] : undefined;
    if (typeof index === 'number')
      return { type: 'file_citation', file_id: `document-${index}`, filename: title, index };
  }
  return undefined;
}
