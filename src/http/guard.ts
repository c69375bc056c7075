import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ProxyError } from '../base/errors.ts';

/** Who may talk to the server at all, whatever key they hold. */
export type GuardOptions = {
  /** The port that clients name in `Host`. */
  port: number;
  /** The address that is listened at, where it is one of its own: a number cannot be rebound as a name can. */
  address?: string | undefined;
  /** More lawful values of `Host`, with their port. */
  hosts: readonly string[];
  /** The tunnels' host names; they reach the model routes only. */
  publicHosts: readonly string[];
  origins: readonly string[];
};

/** A refusal with the status that HTTP has for it, where the error code alone would give another. */
export type Refusal = { error: ProxyError; status?: number; headers?: Record<string, string> };

/** Let in, from here or through a tunnel, or refused. */
export type Admission = { refusal: Refusal } | { refusal?: undefined; remote: boolean };

/**
 * Decides by the request's head alone, before the key and the body: a web page, a rebound DNS name or a foreign proxy
 * must not get in even when it knows the key (CVE-2025-49596, CVE-2024-28224, GHSA-w48q-cv73-mx4w). No CORS header is
 * ever sent, so OPTIONS has no lawful use here.
 */
export function createGuard(options: GuardOptions): (incoming: IncomingMessage) => Admission {
  const local = new Set(
    [...ownNames(options).flatMap((name) => withPort(name, options.port)), ...options.hosts].map((host) =>
      host.toLowerCase(),
    ),
  );
  const publicHosts = new Set(options.publicHosts.flatMap((name) => publicForms(name.toLowerCase())));
  const origins = new Set(options.origins);
  return (incoming) => {
    const host = onlyHost(incoming.rawHeaders);
    const remote = host !== undefined && publicHosts.has(host);
    const refusal =
      refuseCrowd(incoming.rawHeaders) ??
      refuseTarget(incoming.url) ??
      (host !== undefined && (remote || local.has(host) || isAtSocket(incoming, host))
        ? undefined
        : refuseHost(host)) ??
      refuseOrigin(incoming, origins) ??
      refuseMethod(incoming) ??
      refuseContentType(incoming);
    return refusal ? { refusal } : { remote: remote || isForwarded(incoming) };
  };
}

function ownNames({ address }: GuardOptions): string[] {
  const own = address !== undefined && isIP(address) > 0 && !/^(?:0\.0\.0\.0|[:0]+)$/.test(address) ? [address] : [];
  return ['127.0.0.1', '[::1]', 'localhost', ...own.map((each) => (each.includes(':') ? `[${each}]` : each))];
}

/** A Unix socket has no port, and no browser reaches it: clients say plain `localhost` there. */
const isAtSocket = ({ socket }: IncomingMessage, host: string): boolean =>
  host === 'localhost' && socket.localPort === undefined;

/** Clients leave out the port that their scheme implies. */
const withPort = (name: string, port: number): string[] =>
  port === 80 || port === 443 ? [name, `${name}:${port}`] : [`${name}:${port}`];

const publicForms = (name: string): string[] => (name.includes(':') ? [name] : [name, `${name}:443`, `${name}:80`]);

/** The one Host header in lower case; undefined when there is none or more than one (node would take the first). */
function onlyHost(rawHeaders: readonly string[]): string | undefined {
  let host: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name === undefined || name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (host !== undefined) return undefined;
    host = rawHeaders[at + 1]?.toLowerCase() ?? '';
  }
  return host;
}

const mostHeaders = 100;

/** Node's own limit drops what is over it without a word, and Origin with it. */
function refuseCrowd(rawHeaders: readonly string[]): Refusal | undefined {
  if (rawHeaders.length <= mostHeaders * 2) return undefined;
  return { error: new ProxyError('invalid_request', `A request may have ${mostHeaders} headers.`), status: 431 };
}

/** `.` or `..` between slashes, encoded or not. */
const dotSegment = /\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/**
 * An absolute-form target (`GET http://other/ HTTP/1.1`) would win over Host in every later step; a backslash is a slash
 * to some readers; a dot segment makes what stands before us, a tunnel that lets `/v1` through, see another path than our
 * router does (CVE-2026-48710).
 */
function refuseTarget(target: string | undefined): Refusal | undefined {
  if (target !== undefined && /^\/[^\\?]*(?:\?|$)/.test(target) && !dotSegment.test(pathOf(target))) return undefined;
  return {
    error: new ProxyError('invalid_request', 'The request target must be a plain path, such as /v1/chat/completions.'),
  };
}

function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

function refuseHost(host: string | undefined): Refusal {
  const said = host === undefined ? 'There must be exactly one Host header' : 'This Host header is not served here';
  return {
    error: new ProxyError(
      'forbidden',
      `${said}: claude-bedrock answers to 127.0.0.1, [::1] and localhost on its port.`,
      {
        fix: 'add the name to listen.hosts, or a tunnel’s name to listen.publicHost, in the configuration file',
      },
    ),
    // "A server MUST respond with a 400" to none or several (RFC 9112, 3.2).
    status: host === undefined ? 400 : 421,
  };
}

/** The dashboard's own paths, spelled plainly: what a later step would read as another path is not among them. */
const dashboardPath = /^\/ui(?:\/[a-z]+)*(?:\?|$)/;

/** Whether a page of this very server sent the request: its Origin names the same host and port as Host. */
export function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin !== undefined && host !== undefined && [`http://${host}`, `https://${host}`].includes(origin);
}

/** Browsers send Origin on every cross-origin request; programs send none. Our own page may speak to its own routes, no further. */
function refuseOrigin(incoming: IncomingMessage, origins: ReadonlySet<string>): Refusal | undefined {
  const { headers, url = '' } = incoming;
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const listed = origin !== undefined && (origins.has(origin) || (isOwnOrigin(incoming) && dashboardPath.test(url)));
  if (origin !== undefined && !listed) {
    return {
      error: new ProxyError('forbidden', 'Web pages may not call claude-bedrock.', {
        fix: 'add the page’s origin to listen.origins in the configuration file, if it is yours',
      }),
    };
  }
  if (!listed && (site === 'cross-site' || site === 'same-site')) {
    return { error: new ProxyError('forbidden', 'Web pages may not call claude-bedrock.') };
  }
  return undefined;
}

function refuseMethod({ method }: IncomingMessage): Refusal | undefined {
  if (method !== 'OPTIONS') return undefined;
  return { error: new ProxyError('forbidden', 'OPTIONS has no use here: no CORS header is ever sent.') };
}

/** A form or `text/plain` body is what a web page can send without a preflight; JSON it cannot. */
function refuseContentType({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'POST') return undefined;
  const type = headers['content-type'];
  if (type === 'application/json' || /^application\/json\s*(;|$)/i.test(type ?? '')) return undefined;
  // `POST …/cancel` has nothing to say; a page that sent as little would still be told by its Origin.
  if (type === undefined && isEmpty(headers)) return undefined;
  return {
    error: new ProxyError(
      'invalid_request',
      'The body must be JSON: send the header `Content-Type: application/json`.',
    ),
    status: 415,
  };
}

const isEmpty = (headers: IncomingMessage['headers']): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;

/** Whatever stands between a client and us says so by one of these; programs on this machine send none. */
const forwardingHeaders = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-original-host',
  'x-real-ip',
  'forwarded',
  'via',
  'cf-connecting-ip',
  'cf-ray',
  'cdn-loop',
  'true-client-ip',
];

/** Tunnels that rewrite Host to localhost still add their own headers. */
const isForwarded = ({ headers }: IncomingMessage): boolean =>
  forwardingHeaders.some((name) => headers[name] !== undefined);
