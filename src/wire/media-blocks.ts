import { byteLength, mediaLimits } from '../converse/media-limits.ts';
import type { AudioBlock, DocumentBlock, ImageBlock, VideoBlock } from '../converse/request.ts';
import { imageSize } from './image-size.ts';
import {
  audioFormat,
  cleanBase64,
  type DataUrl,
  documentFormat,
  parseDataUrl,
  sniffImage,
  videoFormat,
} from './media.ts';
import { invalid, unsupported } from './refuse.ts';

/** Converse's limits on raw bytes and pixels (API reference, Message). Base64 is a third longer (case 70). */
const limits = { ...mediaLimits, imagePixels: 8000 } as const;

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(2)} MiB`;

/**
 * The data behind an URL of a client's media part. Throws for what is no data URL; a link that is still one here is not
 * to be fetched (case 69).
 */
export function readDataUrl(url: string, param: string): DataUrl {
  const parsed = parseDataUrl(url);
  if (parsed) return parsed;
  if (/^https?:/i.test(url)) {
    throw unsupported(
      param,
      'Bedrock takes bytes, not links, and fetching what is behind a link is switched off (media.remote).',
      'send the media itself as a data URL (data:image/png;base64,…), or run `claude-bedrock config set media.remote true`',
    );
  }
  throw invalid(param, `'${param}' must be a data URL with base64 data, such as data:image/png;base64,iVBORw0….`);
}

/** Three bytes are a JPEG's sign, and nothing of a picture; how far beyond its header an image is whole, Bedrock says. */
const leastImageBytes = 8;

/** An image block from base64 text. The format comes from the bytes. Throws with the numbers when a limit is passed. */
export function imageBlock(base64: string, param: string): { image: ImageBlock } {
  const data = readBase64(base64, param);
  const format = sniffImage(data);
  if (!format) throw invalid(param, `'${param}' must be a PNG, JPEG, GIF or WebP image; its bytes are none of these.`);
  const bytes = byteLength(data);
  if (bytes > limits.imageBytes) {
    throw invalid(
      param,
      `The image in '${param}' has ${mebibytes(bytes)} (${bytes} bytes); Bedrock takes at most ${mebibytes(limits.imageBytes)} (${limits.imageBytes} bytes). Scale it down.`,
    );
  }
  if (bytes < leastImageBytes) {
    throw invalid(param, `The image in '${param}' is cut off: ${bytes} bytes hold no picture of any format.`);
  }
  const size = imageSize(data);
  if (size && Math.max(size.width, size.height) > limits.imagePixels) {
    throw invalid(
      param,
      `The image in '${param}' is ${size.width} × ${size.height} pixels; Bedrock takes at most ${limits.imagePixels} × ${limits.imagePixels}. Scale it down.`,
    );
  }
  return { image: { format, source: { bytes: data } } };
}

/** A client's file: its base64 text, and what it is said to be. */
export type FilePart = { base64: string; filename?: string | undefined; mediaType?: string | undefined };

/** A document block, or an image block when the bytes are a picture. `name` gives each document of the request its own name. */
export function fileBlock(
  file: FilePart,
  name: (filename: string | undefined) => string,
  param: string,
): { document: DocumentBlock } | { image: ImageBlock } {
  const data = readBase64(file.base64, param);
  if (sniffImage(data)) return imageBlock(data, param);
  const format = documentFormat(data, file.filename, file.mediaType);
  if (!format) {
    throw invalid(
      param,
      `The file in '${param}' is of no kind that Bedrock reads: pdf, csv, doc, docx, xls, xlsx, html, txt or md.`,
    );
  }
  const bytes = byteLength(data);
  if (bytes > limits.documentBytes) {
    throw invalid(
      param,
      `The document in '${param}' has ${mebibytes(bytes)} (${bytes} bytes); Bedrock takes at most ${mebibytes(limits.documentBytes)} (${limits.documentBytes} bytes).`,
    );
  }
  return { document: { format, name: name(file.filename), source: { bytes: data } } };
}

/** A document block of a text that came as such; it stays text, so that no format has to be guessed from its name. */
export function textDocument(
  source: Exclude<DocumentBlock['source'], { bytes: unknown }>,
  filename: string | undefined,
  name: (filename: string | undefined) => string,
): { document: DocumentBlock } {
  return { document: { format: 'txt', name: name(filename), source } };
}

/** An audio block; `format` is a word like `wav` or a media type. */
export function audioBlock(base64: string, format: string, param: string): { audio: AudioBlock } {
  const known = audioFormat(format);
  if (!known) throw invalid(param, `'${param}' has an audio format that Bedrock does not know; wav and mp3 are safe.`);
  return { audio: { format: known, source: { bytes: readBase64(base64, param) } } };
}

/** A video block from a data URL. */
export function videoBlock(url: string, param: string): { video: VideoBlock } {
  if (/^https?:/i.test(url)) {
    throw unsupported(
      param,
      'Bedrock takes bytes, not links, and videos are never fetched.',
      'send the video as a data URL',
    );
  }
  const { mediaType, data } = readDataUrl(url, param);
  const format = videoFormat(mediaType);
  if (!format) throw invalid(param, `'${param}' must be a video that Bedrock knows, such as video/mp4.`);
  return { video: { format, source: { bytes: data } } };
}

function readBase64(text: string, param: string): string {
  const data = cleanBase64(text);
  if (data === undefined || data === '') throw invalid(param, `'${param}' must be base64 data that is not empty.`);
  return data;
}
