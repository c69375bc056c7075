import * as oauth from 'oauth4webapi';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { isObject, parsedJson } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { pollForDevice, temporarilyUnavailable } from './device-poll.ts';
import { loginFailed } from './login-failed.ts';
import { awaitRedirect } from './loopback.ts';
import type { OAuthServer } from './oauth-server.ts';
import { loginCommand } from './sign-in-needed.ts';
import { errorCode, isPassing, readPair, tokenAnswer, tokenRequestMs, unknownError } from './token-answer.ts';
import type { TokenPair } from './token-record.ts';
import type { TokenGrant } from './token-refresh.ts';

/** What a person must be shown to sign in; the URL holds no secret of ours. */
export type SignInPrompt = { kind: 'browser'; url: string } | { kind: 'device'; url: string; code: string };

export type SignInOptions = { show: (prompt: SignInPrompt) => void; signal?: AbortSignal | undefined; clock: Clock };

/** How long a person may take in the browser. */
export const browserMs = 300_000;

/** The refresh grant and revocation of an OAuth 2.0 server, for a rotating token. */
export function oauthGrant({ as, client, auth, http }: OAuthServer): TokenGrant {
  const grant: TokenGrant = {
    refresh: (token) =>
      tokenAnswer((signal) => oauth.refreshTokenGrantRequest(as, client, auth, token.reveal(), http(signal))),
  };
  if (as.revocation_endpoint === undefined) return grant;
  return {
    ...grant,
    async revoke(token) {
      const options = http(AbortSignal.timeout(tokenRequestMs));
      const response = await oauth.revocationRequest(as, client, auth, token.reveal(), options);
      return response.status === 200;
    },
  };
}

/** Signs in with the browser on this machine: authorization code + PKCE, back over loopback (RFC 8252, RFC 7636). */
export async function signInWithBrowser(
  server: OAuthServer,
  { show, signal, clock }: SignInOptions,
): Promise<TokenPair> {
  const { as, client, auth, settings, http } = server;
  if (as.authorization_endpoint === undefined) throw lacks('a sign-in page');
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = settings.scopes?.includes('openid') ? oauth.generateRandomNonce() : undefined;
  const redirect = await awaitRedirect(state, browserMs, signal);
  try {
    const url = new URL(as.authorization_endpoint);
    const parameters = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirect.redirectUri,
      scope: settings.scopes?.join(' '),
      state,
      nonce,
      audience: settings.audience,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // OpenID Connect Core, section 11: without it many servers give no refresh token.
      prompt: settings.scopes?.includes('offline_access') ? 'consent' : undefined,
    };
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    show({ kind: 'browser', url: url.href });
    const back = oauth.validateAuthResponse(as, client, await redirect.arrival, state);
    const options = http(AbortSignal.timeout(tokenRequestMs));
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      back,
      redirect.redirectUri,
      verifier,
      options,
    );
    const judge = atServersTime(client, response, clock);
    const expectedNonce = nonce ?? oauth.expectNoNonce;
    const granted = await grantOf(response);
    return pairOf(await oauth.processAuthorizationCodeResponse(as, judge, granted, { expectedNonce }));
  } catch (error) {
    throw loginFailed(error);
  } finally {
    redirect.close();
  }
}

/** Signs in with a code typed on any device (RFC 8628): waits as told, five seconds more for each `slow_down`. */
export async function signInWithDevice(
  server: OAuthServer,
  { show, signal, clock }: SignInOptions,
): Promise<TokenPair> {
  const { as, client, auth, settings, http } = server;
  if (as.device_authorization_endpoint === undefined) throw lacks('device codes');
  try {
    const parameters = new URLSearchParams();
    if (settings.scopes) parameters.set('scope', settings.scopes.join(' '));
    if (settings.audience !== undefined) parameters.set('audience', settings.audience);
    const request = await oauth.deviceAuthorizationRequest(
      as,
      client,
      auth,
      parameters,
      http(AbortSignal.timeout(tokenRequestMs)),
    );
    const device = await oauth.processDeviceAuthorizationResponse(as, client, request);
    show({ kind: 'device', url: device.verification_uri_complete ?? device.verification_uri, code: device.user_code });
    return await pollForDevice({
      clock,
      signal,
      intervalMs: (device.interval ?? 5) * 1_000,
      expiresInMs: device.expires_in * 1_000,
      ask: async () => {
        const options = http(AbortSignal.timeout(tokenRequestMs));
        const response = await oauth.deviceCodeGrantRequest(as, client, auth, device.device_code, options);
        if (isPassing(response)) return temporarilyUnavailable;
        // Some servers say in a 200 that they wait.
        const said = errorCode(
          await response
            .clone()
            .json()
            .catch(() => undefined),
        );
        if (said !== unknownError) return said;
        const judge = atServersTime(client, response, clock);
        // Whatever is wrong with it, the code is spent: another poll would only be told so.
        const granted = oauth.processDeviceCodeResponse(as, judge, await grantOf(response));
        return granted.then(pairOf, (error: unknown) => Promise.reject(loginFailed(error)));
      },
    });
  } catch (error) {
    throw loginFailed(error);
  }
}

/**
 * A grant in RFC 6749's own spelling: some servers write `null` for what they leave out, or leave `token_type` out. The
 * code is spent by then, so that to be strict would only end the login.
 */
async function grantOf(response: Response): Promise<Response> {
  const body = parsedJson(await response.clone().text());
  if (!isObject(body) || typeof body['access_token'] !== 'string') return response;
  const said = Object.entries(body).filter(([, value]) => value !== null);
  const { status, headers } = response;
  return new Response(JSON.stringify({ token_type: 'bearer', ...Object.fromEntries(said) }), { status, headers });
}

/**
 * The client with the server's clock for its own: an ID token is judged by the time of the machine that issued it, so
 * that a laptop whose clock is hours off can sign in. A second of the `Date` header is no skew.
 */
function atServersTime(client: oauth.Client, { headers }: Response, clock: Clock): oauth.Client {
  const skew = Math.round((Date.parse(headers.get('date') ?? '') - clock.now()) / 1_000);
  return Math.abs(skew) > 1 ? { ...client, [oauth.clockSkew]: skew } : client;
}

export type ExchangeOptions = {
  /** RFC 8693 unless the server wants another, e.g. `urn:ietf:params:oauth:grant-type:jwt-bearer`. */
  grantType?: string | undefined;
  /** The parameter that carries the pasted token; `subject_token` unless configured. */
  parameter?: string | undefined;
  subjectTokenType?: string | undefined;
};

/** Trades a pasted one-time token for a rotating pair at once (RFC 8693); the pasted one is worthless afterwards. */
export async function exchangeToken(
  server: OAuthServer,
  pasted: Secret,
  options: ExchangeOptions = {},
): Promise<TokenPair> {
  const { as, client, auth, settings, http } = server;
  const grantType = options.grantType ?? 'urn:ietf:params:oauth:grant-type:token-exchange';
  const parameter = options.parameter ?? 'subject_token';
  const parameters = new URLSearchParams({ [parameter]: pasted.reveal() });
  if (parameter === 'subject_token')
    parameters.set('subject_token_type', options.subjectTokenType ?? 'urn:ietf:params:oauth:token-type:access_token');
  if (settings.scopes) parameters.set('scope', settings.scopes.join(' '));
  if (settings.audience !== undefined) parameters.set('audience', settings.audience);
  const answer = await tokenAnswer((signal) =>
    oauth.genericTokenEndpointRequest(as, client, auth, grantType, parameters, http(signal)),
  );
  if (answer.kind === 'granted') return answer.pair;
  const fix = loginCommand;
  if (answer.kind === 'invalid-grant' || answer.kind === 'refused') {
    const said = answer.kind === 'refused' ? answer.detail : 'invalid_grant';
    const what = `The pasted token was refused (${said}): it may be spent, or run out.`;
    throw new ProxyError('sign_in_needed', what, { fix });
  }
  throw new ProxyError(
    'upstream_unavailable',
    'The token server did not answer: get a new one-time token and try again.',
    {
      fix,
      detail: answer.kind,
    },
  );
}

function pairOf(tokens: oauth.TokenEndpointResponse): TokenPair {
  const pair = readPair(tokens);
  if (!pair) throw new ProxyError('upstream_unavailable', 'The token server answered without a token.');
  return pair;
}

function lacks(what: string): ProxyError {
  return new ProxyError('unsupported', `The issuer offers no ${what}.`, { fix: 'claude-bedrock auth login --help' });
}
