import { lookup } from 'node:dns/promises';
import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { request } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { orAbort } from '../base/abort.ts';
import { ProxyError } from '../base/errors.ts';
import { publicAddresses } from './public-address.ts';

/** How much may come, in bytes, and until when. */
export type FetchWish = { maxBytes: number; signal: AbortSignal };
/** What stood behind a link; the media type is its server's word, lower case, without parameters. */
export type Fetched = { bytes: Buffer; mediaType: string };

/**
 * Fetches what is behind an https link of the open internet. Throws `invalid_request` in words that tell nothing of what
 * stands behind it, `too_large`, `timeout`, or the signal's reason.
 */
export type FetchPublic = (url: string, wish: FetchWish) => Promise<Fetched>;

export type FetchPublicOptions = {
  /** All addresses of a name. Absent: the system's resolver. */
  resolve?: (host: string) => Promise<readonly string[]>;
  /** Opens TLS to an address that was found public; `host` is whose certificate it must be. */
  dial?: (address: string, host: string) => Duplex;
  /** The agent of the company's proxy that is named for this address; undefined where the way is direct. Absent: it always is. */
  proxyFor?: (url: URL) => Promise<Agent | undefined>;
  /** For the whole way, redirects included, in milliseconds. */
  timeoutMs?: number;
};

const mostRedirects = 3;
const redirects: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

/**
 * A fetcher that cannot be led into this machine or its network: https on its own port only, every name is resolved here,
 * each of its addresses must be public, and what was checked is what is dialled, so that a name which changes its answer
 * (DNS rebinding) gains nothing. Redirects go through the same checks. It sends nothing of the client's, no cookies and no
 * keys. Behind a company's proxy the proxy dials, and resolves the name anew: then a name that is known here must still be
 * public, and one that is not (such networks often know their own names alone) must at least look so.
 */
export function createFetchPublic(options: FetchPublicOptions = {}): FetchPublic {
  const { resolve = addressesOf, dial = dialTls, proxyFor = async () => undefined, timeoutMs = 15_000 } = options;
  const isPublic = publicAddresses();

  /** An address of the host, all of which are public; undefined where it is not known here. */
  async function addressFor(host: string, signal: AbortSignal): Promise<string | undefined> {
    const addresses = isIP(host)
      ? [host]
      : await orAbort(
          resolve(host).catch(() => []),
          signal,
        );
    if (!addresses.every(isPublic)) throw refused('its host is not on the open internet');
    return addresses.find((address) => isIP(address) === 4) ?? addresses[0];
  }

  async function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const [address, agent] = await Promise.all([addressFor(host, signal), proxyFor(url)]);
    if (address === undefined && (!agent || isLocalName(host))) throw refused('its host was not found');
    const way: RequestOptions = agent ? { agent } : { createConnection: () => dial(address ?? '', host) };
    return await new Promise((settle, fail) => {
      const asking = request({
        host,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'claude-bedrock' },
        ...way,
        signal,
      });
      asking.once('response', settle).once('error', fail).end();
    });
  }

  async function follow(link: string, wish: FetchWish, left: number): Promise<Fetched> {
    const url = publicUrl(link);
    const answer = await ask(url, wish.signal);
    try {
      const { location } = answer.headers;
      if (redirects.has(answer.statusCode) && location !== undefined) {
        if (left === 0) throw refused(`it leads on more than ${mostRedirects} times`);
        return await follow(URL.canParse(location, url.href) ? new URL(location, url).href : '', wish, left - 1);
      }
      if (answer.statusCode !== 200) throw refused('it was not answered with 200 OK');
      const coding = answer.headers['content-encoding'] ?? 'identity';
      if (coding !== 'identity') throw refused('it was answered compressed, though that was not asked for');
      const mediaType = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      return { bytes: await readBytes(answer, wish.maxBytes), mediaType };
    } finally {
      answer.destroy();
    }
  }

  return async (link, { maxBytes, signal }) => {
    const late = AbortSignal.timeout(timeoutMs);
    try {
      return await follow(link, { maxBytes, signal: AbortSignal.any([signal, late]) }, mostRedirects);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProxyError) throw error;
      if (late.aborted) throw new ProxyError('timeout', `A link was not answered within ${timeoutMs / 1000} s.`);
      throw refused('its host could not be reached'); // the cause would tell of ports and certificates
    }
  };
}

/** A name that only a company's or a person's own network knows (RFC 6761, 6762, 8375), or that says this machine. */
const isLocalName = (host: string): boolean =>
  !host.replace(/\.$/, '').includes('.') ||
  /\.(?:localhost|local|internal|intranet|private|corp|home|lan|arpa|test|invalid)\.?$/i.test(host);

function publicUrl(link: string): URL {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  if (url?.protocol !== 'https:') throw refused('only https links are followed');
  if (url.port !== '' || url.username !== '' || url.password !== '') {
    throw refused('links with a port or a password are not followed');
  }
  return url;
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** TLS to exactly this address, which is none that anybody could resolve anew. */
function dialTls(address: string, host: string): Duplex {
  return connect({ host: address, port: 443, servername: isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] });
}

async function readBytes(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(answer.headers['content-length']) > maxBytes) throw tooLong(maxBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const refused = (why: string): ProxyError => new ProxyError('invalid_request', `A link cannot be fetched: ${why}.`);

const tooLong = (maxBytes: number): ProxyError =>
  new ProxyError('too_large', `What is behind a link is larger than ${maxBytes} bytes, the most that Bedrock takes.`);
