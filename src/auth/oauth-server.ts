import * as oauth from 'oauth4webapi';
import { ProxyError } from '../base/errors.ts';
import { networkCode } from './token-answer.ts';

/** The authorization server, and who we are there. */
export type OAuthSettings = {
  /** `https://login.example.com`; its endpoints are discovered (RFC 8414, OpenID Connect Discovery). */
  issuer: string;
  clientId: string;
  scopes?: readonly string[] | undefined;
  /** Endpoints given by hand; with `tokenEndpoint` nothing is discovered. */
  tokenEndpoint?: string | undefined;
  revocationEndpoint?: string | undefined;
  /** Sent with the authorization and token requests: which API the token is for. */
  audience?: string | undefined;
  fetch?: typeof fetch | undefined;
};

/** An authorization server that was found, and how we appear there. */
export type OAuthServer = {
  as: oauth.AuthorizationServer;
  client: oauth.Client;
  auth: oauth.ClientAuth;
  settings: OAuthSettings;
  /** What the library's requests take as options. */
  http: (signal?: AbortSignal) => oauth.TokenEndpointRequestOptions;
};

/** Finds the server. Throws `invalid_request` for a URL that is not https (loopback apart), `upstream_unavailable` when it does not answer. */
export async function findOAuthServer(settings: OAuthSettings): Promise<OAuthServer> {
  const issuer = secureUrl(settings.issuer, 'issuer');
  const http = (signal?: AbortSignal) => ({
    [oauth.customFetch]: fetchBy(settings.fetch ?? fetch),
    // Endpoints were checked by secureUrl: http is left for loopback only.
    [oauth.allowInsecureRequests]: isLoopback(issuer),
    ...(signal && { signal }),
  });
  const as =
    settings.tokenEndpoint === undefined ? await discover(issuer, http(AbortSignal.timeout(15_000))) : named(settings);
  for (const endpoint of endpointNames) if (as[endpoint] !== undefined) secureUrl(as[endpoint], endpoint);
  return {
    as,
    client: { client_id: settings.clientId },
    // A program on a laptop is a public client: it can keep no secret (RFC 8252, section 8.5).
    auth: oauth.None(),
    settings,
    http,
  };
}

/** The library's fetch: the same options without members that are undefined. */
function fetchBy(call: typeof fetch) {
  return <Body extends URLSearchParams | undefined>(
    url: string,
    { body, headers, method, redirect, signal }: oauth.CustomFetchOptions<string, Body>,
  ): Promise<Response> => call(url, { headers, method, redirect, ...(body && { body }), ...(signal && { signal }) });
}

const endpointNames = [
  'token_endpoint',
  'authorization_endpoint',
  'device_authorization_endpoint',
  'revocation_endpoint',
] as const;

async function discover(issuer: URL, http: oauth.HttpRequestOptions<'GET'>): Promise<oauth.AuthorizationServer> {
  try {
    return await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
  } catch (error) {
    const answered = error instanceof oauth.OperationProcessingError;
    const said = answered ? 'does not describe itself as an OpenID Connect issuer' : 'could not be reached';
    throw new ProxyError('upstream_unavailable', `${issuer.host} ${said}.`, {
      fix: answered ? 'check the address of the issuer (--issuer)' : 'check the network, HTTPS_PROXY and AWS_CA_BUNDLE',
      detail: `discovery: ${answered ? error.code : networkCode(error)}`,
    });
  }
}

function named(settings: OAuthSettings): oauth.AuthorizationServer {
  const { issuer, tokenEndpoint, revocationEndpoint } = settings;
  return {
    issuer,
    ...(tokenEndpoint !== undefined && { token_endpoint: tokenEndpoint }),
    ...(revocationEndpoint !== undefined && { revocation_endpoint: revocationEndpoint }),
  };
}

/** The URL, if secrets may travel there: https, or loopback by name or number. */
export function secureUrl(text: string, what: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url))) return url;
  throw new ProxyError('invalid_request', `The ${what} must be an https URL: tokens travel there.`, {
    fix: 'claude-bedrock auth login --help',
    param: what,
  });
}

const isLoopback = (url: URL): boolean => /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname);
