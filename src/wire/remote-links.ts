import { isObject } from '../base/json.ts';

/** Where a client's body holds a link instead of the medium, and what kind of medium must be behind it. */
export type RemoteLink = { url: string; kind: 'image' | 'file'; param: string };

/** What stood behind a link. */
export type FetchedMedium = { mediaType: string; base64: string };

/** Gives the medium for a link; undefined leaves the link as it is. */
export type TakeLink = (link: RemoteLink) => FetchedMedium | undefined;

type Loose = Record<string, unknown>;

/**
 * A body of any dialect with the media put in place of its links (case 69): `image_url` of both OpenAI APIs, `file_url`,
 * links in `file_data`, and Anthropic's `source: {"type":"url"}`, in messages and in tool results. Nothing else is looked
 * at, least of all what a tool was called with. Where no link is taken, the very same body comes back.
 */
export function replaceLinks(body: unknown, take: TakeLink): unknown {
  if (!isObject(body)) return body;
  const turnOf = (turn: Loose, at: string): Loose =>
    withParts(withParts(turn, 'content', at, take), 'output', at, take);
  const messages = mapItems(body['messages'], 'messages', turnOf);
  const input = mapItems(body['input'], 'input', turnOf);
  if (messages === body['messages'] && input === body['input']) return body;
  return { ...body, ...(messages === undefined ? {} : { messages }), ...(input === undefined ? {} : { input }) };
}

/** The same value where it is no list of objects, or none of them changed. */
function mapItems(list: unknown, at: string, map: (item: Loose, at: string) => Loose): unknown {
  if (!Array.isArray(list)) return list;
  const mapped = list.map((item: unknown, index) => (isObject(item) ? map(item, `${at}[${index}]`) : item));
  return mapped.some((item, index) => item !== list[index]) ? mapped : list;
}

function withParts(holder: Loose, name: string, at: string, take: TakeLink): Loose {
  const parts = mapItems(holder[name], `${at}.${name}`, (part, place) => partOf(part, place, take));
  return parts === holder[name] ? holder : { ...holder, [name]: parts };
}

function partOf(part: Loose, at: string, take: TakeLink): Loose {
  switch (part['type']) {
    case 'tool_result':
      return withParts(part, 'content', at, take);
    case 'image_url':
    case 'input_image':
      return withImageUrl(part, at, take);
    case 'image':
    case 'document':
      return withSource(part, at, take);
    case 'file':
    case 'input_file':
      return withFile(part, at, take);
    default:
      return part;
  }
}

const isLink = (value: unknown): value is string => typeof value === 'string' && /^https?:/i.test(value);
const dataUrl = ({ mediaType, base64 }: FetchedMedium): string => `data:${mediaType};base64,${base64}`;

function withImageUrl(part: Loose, at: string, take: TakeLink): Loose {
  const link = part['image_url'];
  const url = isObject(link) ? link['url'] : link;
  if (!isLink(url)) return part;
  const medium = take({ url, kind: 'image', param: isObject(link) ? `${at}.image_url.url` : `${at}.image_url` });
  if (!medium) return part;
  return { ...part, image_url: isObject(link) ? { ...link, url: dataUrl(medium) } : dataUrl(medium) };
}

function withSource(part: Loose, at: string, take: TakeLink): Loose {
  const { source } = part;
  if (!isObject(source) || !isLink(source['url'])) return part;
  const kind = part['type'] === 'image' ? 'image' : 'file';
  const medium = take({ url: source['url'], kind, param: `${at}.source.url` });
  if (!medium) return part;
  return { ...part, source: { type: 'base64', media_type: medium.mediaType, data: medium.base64 } };
}

/** `file_url` of the Responses API, or a link in `file_data`, which Chat Completions nest under `file`. */
function withFile(part: Loose, at: string, take: TakeLink): Loose {
  const { file } = part;
  if (part['type'] === 'file' && isObject(file)) {
    const taken = withFile({ ...file, type: 'input_file' }, `${at}.file`, take);
    const { type: _, ...whole } = taken;
    return taken['file_data'] === file['file_data'] ? part : { ...part, file: whole };
  }
  for (const name of ['file_data', 'file_url']) {
    const url = part[name];
    const medium = isLink(url) ? take({ url, kind: 'file', param: `${at}.${name}` }) : undefined;
    if (!isLink(url) || !medium) continue;
    const { file_url: _, ...rest } = part;
    return { ...rest, filename: part['filename'] ?? nameIn(url), file_data: dataUrl(medium) };
  }
  return part;
}

/** The last step of a link's path, as a file name. */
function nameIn(url: string): string | undefined {
  const step = /^[^?#]*\/([^/?#]+)/.exec(url.replace(/^https?:\/\/[^/?#]*/i, ''))?.[1];
  try {
    return step && decodeURIComponent(step);
  } catch {
    return step;
  }
}
