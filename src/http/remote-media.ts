import { ProxyError } from '../base/errors.ts';
import type { CachePolicy } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { maxMedia, mediaLimits } from '../converse/media-limits.ts';
import type { FetchedMedia } from '../policy/fetched-media.ts';
import { sniffImage } from '../wire/media.ts';
import { type FetchedMedium, type RemoteLink, replaceLinks } from '../wire/remote-links.ts';
import type { FetchPublic } from './fetch-public.ts';
import { tooLarge } from './too-large.ts';

/** How links are fetched, and how much all of them may bring. */
export type RemoteMediaWish = {
  fetchPublic: () => Promise<FetchPublic>;
  /** What was fetched for this principal lately, as far as the client lets it be used and kept. */
  kept: FetchedMedia;
  principalId: string;
  cache: CachePolicy;
  /** The most that a body may weigh, in bytes; what is fetched counts. */
  bodyBytes: number;
  signal: AbortSignal;
};

const fetched: Change = {
  what: 'links fetched',
  why: 'Bedrock takes bytes and no links; what stood behind them was put in their place.',
};

/** How many links are followed at once. */
const atOnce = 4;

/**
 * A client's body with the media behind its https links put in their place (case 69), and the change that this is. The
 * same link is fetched once, and not again on the next turns. Throws what `FetchPublic` throws, with the link's place in the body as `param`.
 */
export async function withRemoteMedia(
  body: unknown,
  { fetchPublic, kept, principalId, cache, bodyBytes, signal }: RemoteMediaWish,
): Promise<{ body: unknown; changes: Change[] }> {
  const links = linksIn(body);
  if (links.length === 0) return { body, changes: [] };
  if (links.length > maxMedia) throw tooMany(links);
  const media = new Map<string, FetchedMedium>();
  let left = bodyBytes;
  const waiting = [...links];
  const stop = new AbortController();
  const mediumOf = async (link: RemoteLink): Promise<FetchedMedium> => {
    const known = cache.read ? kept.get(principalId, link) : undefined;
    if (known) return known;
    const medium = await fetchMedium(await fetchPublic(), link, AbortSignal.any([signal, stop.signal]));
    if (cache.write) kept.put(principalId, link, medium);
    return medium;
  };
  const worker = async (): Promise<void> => {
    for (let link = waiting.shift(); link; link = waiting.shift()) {
      const medium = await mediumOf(link);
      left -= medium.base64.length;
      if (left < 0) throw tooLarge(bodyBytes);
      media.set(link.url, medium);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } catch (error) {
    stop.abort(error);
    throw error;
  }
  return { body: replaceLinks(body, ({ url }) => media.get(url)), changes: [fetched] };
}

/** Each link once; a picture's stricter limit wins. */
function linksIn(body: unknown): RemoteLink[] {
  const links = new Map<string, RemoteLink>();
  replaceLinks(body, (link) => {
    if (links.get(link.url)?.kind !== 'image') links.set(link.url, link);
    return undefined;
  });
  return [...links.values()];
}

async function fetchMedium(
  fetchPublic: FetchPublic,
  { url, kind, param }: RemoteLink,
  signal: AbortSignal,
): Promise<FetchedMedium> {
  const maxBytes = kind === 'image' ? mediaLimits.imageBytes : mediaLimits.documentBytes;
  try {
    const { bytes, mediaType } = await fetchPublic(url, { maxBytes, signal });
    if (bytes.length === 0) throw new ProxyError('invalid_request', 'There is nothing behind a link.');
    const base64 = bytes.toString('base64');
    const image = sniffImage(base64);
    return { base64, mediaType: image ? `image/${image}` : documentType(mediaType) };
  } catch (error) {
    if (!(error instanceof ProxyError) || error.facts.param !== undefined) throw error;
    throw new ProxyError(error.code, error.publicMessage, { ...error.facts, param });
  }
}

/** A declared type that is none of the dialects' own is left out: the bytes and the name tell enough. */
const documentType = (declared: string): string =>
  /^[a-z]+\/[a-z0-9.+-]{1,100}$/.test(declared) ? declared : 'application/octet-stream';

const tooMany = (links: readonly RemoteLink[]): ProxyError =>
  new ProxyError(
    'invalid_request',
    `The request holds ${links.length} links; Bedrock takes at most ${maxMedia} media.`,
    {
      param: links[maxMedia]?.param,
    },
  );
