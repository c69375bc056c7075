import type { AudioFormat, Base64, DocumentFormat, ImageFormat, VideoFormat } from '../converse/request.ts';

/*
 * What the bytes themselves say. A declared media type is only a hint: clients send `image/jpg`, `image/png; charset=…`
 * or plainly the wrong type, and the service refuses a format that does not match the bytes (case 68).
 */

export type DataUrl = { mediaType: string; data: Base64 };

/** Reads an RFC 2397 data URL, percent-encoded ones too; undefined when `url` is none or its base64 is broken. */
export function parseDataUrl(url: string): DataUrl | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(',');
  if (comma === -1) return undefined;
  const [mediaType = '', ...parameters] = url.slice(5, comma).split(';');
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64');
  const data = isBase64 ? cleanBase64(url.slice(comma + 1)) : percentDecoded(url.slice(comma + 1));
  return data === undefined ? undefined : { mediaType: mediaType.trim().toLowerCase(), data };
}

/** RFC 4648 text as the service reads it: standard alphabet, padded, no line breaks; undefined when it is not base64 at all. */
export function cleanBase64(text: string): Base64 | undefined {
  let clean = text;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean)) {
    clean = clean.replace(/\s+/g, '').replace(/-/g, '+').replace(/_/g, '/');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean)) return undefined;
  }
  if (clean.length % 4 === 0) return clean;
  clean = clean.replace(/=+$/, '');
  return clean.length % 4 === 1 ? undefined : clean.padEnd(Math.ceil(clean.length / 4) * 4, '=');
}

function percentDecoded(text: string): Base64 | undefined {
  try {
    return Buffer.from(decodeURIComponent(text)).toString('base64');
  } catch {
    return undefined; // a lone `%`
  }
}

/** The first `count` bytes. */
function head(data: Base64, count: number): Buffer {
  return Buffer.from(data.slice(0, Math.ceil(count / 3) * 4), 'base64');
}

/** The image format that the magic bytes name; undefined for anything Converse takes no image of. */
export function sniffImage(data: Base64): ImageFormat | undefined {
  const start = head(data, 16).toString('latin1');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'webp';
  return undefined;
}

/** The container that the magic bytes name, for documents. */
function sniffDocument(data: Base64): 'pdf' | 'zip' | 'ole' | 'text' | undefined {
  const start = head(data, 4096);
  const text = start.toString('latin1');
  if (text.slice(0, 1024).includes('%PDF-')) return 'pdf';
  if (text.startsWith('PK\x03\x04')) return 'zip';
  if (text.startsWith('\xd0\xcf\x11\xe0')) return 'ole';
  return start.includes(0) ? undefined : 'text';
}

/** Maps here and below, because the names come from outside: an object also answers to `constructor`. */
const textFormats: ReadonlyMap<string, DocumentFormat> = new Map([
  ['csv', 'csv'],
  ['text/csv', 'csv'],
  ['md', 'md'],
  ['markdown', 'md'],
  ['mdx', 'md'],
  ['text/markdown', 'md'],
  ['html', 'html'],
  ['htm', 'html'],
  ['text/html', 'html'],
]);

/** The format Converse knows a file by: bytes first, then its extension, then the declared type. Any other text is `txt`. */
export function documentFormat(data: Base64, filename = '', mediaType = ''): DocumentFormat | undefined {
  const extension = filename.includes('.') ? filename.slice(filename.lastIndexOf('.') + 1).toLowerCase() : '';
  const isSheet = /^xls/.test(extension) || /excel|spreadsheet/.test(mediaType);
  switch (sniffDocument(data)) {
    case 'pdf':
      return 'pdf';
    case 'zip':
      return zipFormat(extension, mediaType);
    case 'ole':
      return isSheet ? 'xls' : 'doc';
    case 'text':
      return textFormats.get(extension) ?? textFormats.get(mediaType) ?? 'txt';
    default:
      return undefined;
  }
}

/** A zip is an office file only when its name or type says so. */
function zipFormat(extension: string, mediaType: string): DocumentFormat | undefined {
  if (extension === 'xlsx' || mediaType.includes('spreadsheetml')) return 'xlsx';
  if (extension === 'docx' || mediaType.includes('wordprocessingml')) return 'docx';
  return undefined;
}

const audioFormats: readonly AudioFormat[] = [
  'mp3',
  'opus',
  'wav',
  'aac',
  'flac',
  'mp4',
  'ogg',
  'mkv',
  'mka',
  'x-aac',
  'm4a',
  'mpeg',
  'mpga',
  'pcm',
  'webm',
];

/** `wav` or `audio/x-wav` → `wav`; undefined for a format Converse has no name for. */
export function audioFormat(type: string): AudioFormat | undefined {
  const bare = type.toLowerCase().replace(/^audio\//, '');
  const named = (name: string) => audioFormats.find((format) => format === name);
  return named(bare) ?? named(bare.replace(/^x-/, '')) ?? audioAliases.get(bare);
}

const audioAliases: ReadonlyMap<string, AudioFormat> = new Map([
  ['wave', 'wav'],
  ['pcm16', 'pcm'],
  ['vnd.wave', 'wav'],
]);

const videoFormats: ReadonlyMap<string, VideoFormat> = new Map([
  ['video/mp4', 'mp4'],
  ['video/webm', 'webm'],
  ['video/quicktime', 'mov'],
  ['video/x-matroska', 'mkv'],
  ['video/x-flv', 'flv'],
  ['video/mpeg', 'mpeg'],
  ['video/x-ms-wmv', 'wmv'],
  ['video/3gpp', 'three_gp'],
]);

/** `video/quicktime` → `mov`; undefined for a type Converse has no name for. */
export function videoFormat(mediaType: string): VideoFormat | undefined {
  return videoFormats.get(mediaType);
}
