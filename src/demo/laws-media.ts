import { type Block, blocksOf, type ConverseBody, type Media } from './converse-body.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

const imageLimit = 3_932_160;
const documentLimit = 4.5 * 1024 * 1024;

const kindsKnown: Law = ({ body, family }) => {
  for (const { block } of blocksOf(body)) {
    if (block.image && !family.images) return unsupportedKind('image');
    if (block.document && !family.documents) return unsupportedKind('document');
    if (block.video && family.vendor !== 'amazon') return unsupportedKind('video');
    for (const item of block.toolResult?.content ?? []) {
      if (item.image && (!family.images || !family.toolResultMedia.includes('image'))) return unsupportedKind('image');
      if (item.document && !family.toolResultMedia.includes('document')) return unsupportedKind('document');
      // Nova reads csv and txt alone inside a result.
      if (family.vendor === 'amazon' && item.document && !['csv', 'txt'].includes(item.document.format ?? 'pdf'))
        return unsupportedKind('document');
    }
  }
  return undefined;
};

const unsupportedKind = (kind: string) =>
  invalid(
    `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`,
  );

const imagesFit: Law = ({ body }) => {
  const images = allMedia(body, 'image');
  const documents = allMedia(body, 'document');
  if (images.length > 20)
    return refusedByModel(`too many images and documents: ${images.length} + ${documents.length} > 20`);
  const tooBig = images.find((image) => sizeOf(image) > imageLimit);
  return tooBig
    ? refusedByModel(`image exceeds 5 MB maximum: ${base64Length(tooBig)} bytes > 5242880 bytes`)
    : undefined;
};

const imagesAreWhatTheySay: Law = ({ body, family }) => {
  if (family.vendor !== 'anthropic') return undefined;
  const wrong = allMedia(body, 'image').some(
    (image) => image.source.bytes !== undefined && formatOf(image.source.bytes) !== image.format,
  );
  return wrong ? refusedByModel('Could not process image') : undefined;
};

const documentsFit: Law = ({ body }) => {
  const documents = allMedia(body, 'document');
  if (documents.length > 5) return refusedByModel(`too many documents: ${documents.length} > 5`);
  if (documents.some((document) => sizeOf(document) > documentLimit))
    return invalid(
      'The document that you provided exceeds the maximum size of 4.5 MB. Provide a smaller document and try again.',
    );
  const citing = documents.find(
    (document) =>
      document.citations?.enabled && document.format !== undefined && !['pdf', 'txt'].includes(document.format),
  );
  return citing ? refusedByModel(`citations are not supported for documents of format ${citing.format}`) : undefined;
};

const documentNames: Law = ({ body }) => {
  const names = allMedia(body, 'document').map((document) => document.name ?? '');
  const wrong = names.find((name) => !/^[a-zA-Z0-9()[\]\- ]+$/.test(name) || name.includes('  '));
  if (wrong !== undefined)
    return invalid(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
    );
  return new Set(names).size < names.length
    ? invalid('The document file names must be unique within the conversation.')
    : undefined;
};

const documentsHaveText: Law = ({ body }) => {
  const at = body.messages.findIndex(
    ({ content }) => content.some((block) => block.document) && !content.some((block) => block.text),
  );
  return at === -1
    ? undefined
    : invalid(
        `A text block must be included along with any document content block at messages.${at}.content. Add a text block and try again.`,
      );
};

function allMedia(body: ConverseBody, kind: 'image' | 'document'): Media[] {
  return [...blocksOf(body)].flatMap(({ block }) => mediaOf(block, kind));
}

function mediaOf(block: Block, kind: 'image' | 'document'): Media[] {
  const own = block[kind];
  const inner = (block.toolResult?.content ?? []).flatMap((item) => item[kind] ?? []);
  return own ? [own, ...inner] : inner;
}

const base64Length = (media: Media): number => media.source.bytes?.length ?? 0;
const sizeOf = (media: Media): number => Math.floor((base64Length(media) * 3) / 4);

/** The format that the first bytes tell. */
function formatOf(base64: string): string | undefined {
  const head = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  if (head.startsWith('\x89PNG\r\n')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('GIF8')) return 'gif';
  return head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP' ? 'webp' : undefined;
}

/** Images and documents: which, how many, how large, and their names. */
export const mediaLaws: readonly Law[] = [
  kindsKnown,
  documentNames,
  documentsHaveText,
  imagesFit,
  documentsFit,
  imagesAreWhatTheySay,
];
