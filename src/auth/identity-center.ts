import { createHash, randomBytes } from 'node:crypto';
import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import { awsDomain } from './aws-domain.ts';
import { pollForDevice, temporarilyUnavailable } from './device-poll.ts';
import { loginFailed, signInRefused } from './login-failed.ts';
import { awaitRedirect } from './loopback.ts';
import { browserMs, type SignInOptions } from './oauth.ts';
import { secureUrl } from './oauth-server.ts';
import { loginCommand } from './sign-in-needed.ts';
import { errorCode, isPassing, readPair, tokenAnswer, tokenRequestMs } from './token-answer.ts';
import type { ClientRegistration, TokenPair } from './token-record.ts';
import type { TokenGrant } from './token-refresh.ts';

/*
 * IAM Identity Center by its documented wire, which is unsigned JSON: the calls to sso-oidc here, those to the portal in
 * `identity-center-portal.ts`. AWS's two client packages for them weigh more than this whole program's token code and
 * give nothing that it lacks.
 */

/** Where Identity Center is; the endpoints are given by hand for other partitions. */
export type IdentityCenter = {
  startUrl: string;
  region: string;
  oidcEndpoint?: string | undefined;
  portalEndpoint?: string | undefined;
  fetch?: typeof fetch | undefined;
};

/** Where a sign-in's Identity Center is: AWS's own variables for other addresses count, as they do for its SDK. */
export function identityCenterOf(
  { startUrl, region }: { startUrl: string; region: string },
  { env, fetch }: { env: Readonly<Record<string, string | undefined>>; fetch?: typeof globalThis.fetch | undefined },
): IdentityCenter {
  return {
    startUrl,
    region,
    oidcEndpoint: env['AWS_ENDPOINT_URL_SSO_OIDC'] || undefined,
    portalEndpoint: env['AWS_ENDPOINT_URL_SSO'] || undefined,
    fetch,
  };
}

const scope = 'sso:account:access';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * Registers as a public client that may sign in both ways and refresh. AWS forgets it after about 90 days, as long as a
 * sign-in lasts at most: each sign-in has its own.
 */
export async function registerClient(center: IdentityCenter): Promise<ClientRegistration> {
  const asked = post(center, '/client/register', {
    clientName: 'claude-bedrock',
    clientType: 'public',
    scopes: [scope],
    // Without a port: any port of the loopback address then matches (RFC 8252, section 7.3).
    redirectUris: ['http://127.0.0.1/oauth/callback'],
    grantTypes: ['authorization_code', 'refresh_token', deviceGrant],
    issuerUrl: center.startUrl,
  });
  // The first call of a sign-in: a mistyped Region has no such host.
  const answer = await asked.catch((cause: unknown) => {
    if (cause instanceof ProxyError) throw cause;
    const message = `IAM Identity Center in ${center.region} could not be reached.`;
    throw new ProxyError('upstream_unavailable', message, {
      fix: 'check the Region of your start page (--sso-region), the network, and HTTPS_PROXY',
      cause,
    });
  });
  const { clientId, clientSecret } = await objectOf(answer);
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string') throw loginFailed(undefined);
  return { clientId, clientSecret };
}

/** The refresh grant, for a rotating token. Whether Identity Center rotates is not documented: it is treated as if. */
export function identityCenterGrant(center: IdentityCenter): TokenGrant {
  return {
    async refresh(token, client) {
      if (!client) return { kind: 'refused', detail: 'no registration' };
      const body = { ...client, grantType: 'refresh_token', refreshToken: token.reveal() };
      return tokenAnswer((signal) => post(center, '/token', body, signal));
    },
  };
}

/** Signs in with a code on any device. */
export async function signInByDevice(
  center: IdentityCenter,
  client: ClientRegistration,
  { show, signal, clock }: SignInOptions,
): Promise<TokenPair> {
  try {
    const { startUrl } = center;
    const device = await objectOf(await post(center, '/device_authorization', { ...client, startUrl }));
    const { deviceCode, userCode, verificationUri, verificationUriComplete, interval, expiresIn } = device;
    const url = verificationUriComplete ?? verificationUri;
    if (typeof deviceCode !== 'string' || typeof userCode !== 'string' || typeof url !== 'string')
      throw loginFailed(undefined);
    show({ kind: 'device', url, code: userCode });
    return await pollForDevice({
      clock,
      signal,
      intervalMs: (typeof interval === 'number' ? interval : 5) * 1_000,
      expiresInMs: (typeof expiresIn === 'number' ? expiresIn : 600) * 1_000,
      ask: async () => {
        const body = { ...client, grantType: deviceGrant, deviceCode };
        return pairOrCode(await post(center, '/token', body), client);
      },
    });
  } catch (error) {
    throw loginFailed(error);
  }
}

/** Signs in with this machine's browser: authorization code + PKCE over loopback. */
export async function signInByBrowser(
  center: IdentityCenter,
  client: ClientRegistration,
  { show, signal }: SignInOptions,
): Promise<TokenPair> {
  const codeVerifier = randomBytes(48).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const redirect = await awaitRedirect(state, browserMs, signal);
  try {
    const { redirectUri } = redirect;
    const url = new URL('/authorize', oidcBase(center));
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
      // The plural is Identity Center's own.
      scopes: scope,
    }).toString();
    show({ kind: 'browser', url: url.href });
    const back = (await redirect.arrival).searchParams;
    const code = back.get('code');
    if (back.get('state') !== state || code === null)
      throw new ProxyError('sign_in_needed', 'The sign-in was declined, or the answer was not for us.', {
        fix: loginCommand,
      });
    const body = { ...client, grantType: 'authorization_code', code, redirectUri, codeVerifier };
    const answer = await pairOrCode(await post(center, '/token', body), client);
    if (typeof answer === 'string') throw signInRefused(answer);
    return answer;
  } catch (error) {
    throw loginFailed(error);
  } finally {
    redirect.close();
  }
}

function oidcBase({ oidcEndpoint, region }: IdentityCenter): URL {
  return secureUrl(oidcEndpoint ?? `https://oidc.${region}.${awsDomain(region)}`, 'endpoint');
}

function post(center: IdentityCenter, path: string, body: object, signal?: AbortSignal): Promise<Response> {
  return (center.fetch ?? fetch)(new URL(path, oidcBase(center)), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: signal ?? AbortSignal.timeout(tokenRequestMs),
  });
}

/** The object that Identity Center answered; throws `upstream_unavailable` for anything else. */
export async function objectOf(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isObject(body)) return body;
  const said = `Identity Center answered ${response.status} ${errorCode(body)}.`;
  // What passes is not mended by another sign-in.
  const passing = { retry: 'backoff', retryAfterMs: 2_000, fix: 'claude-bedrock auth status' } as const;
  throw new ProxyError('upstream_unavailable', said, isPassing(response) ? passing : { fix: loginCommand });
}

async function pairOrCode(response: Response, client: ClientRegistration): Promise<TokenPair | string> {
  const body: unknown = await response.json().catch(() => undefined);
  const pair = response.ok ? readPair(body) : undefined;
  if (pair) return { ...pair, client };
  return isPassing(response) ? temporarilyUnavailable : errorCode(body);
}
