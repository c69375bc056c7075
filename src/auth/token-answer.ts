import { isObject, parsedJson } from '../base/json.ts';
import { watchSending } from './request-left.ts';
import type { RefreshAnswer, TokenPair } from './token-record.ts';

/** How long a token request may take in all; its connection has 10 s (the default of Node's fetch). */
export const tokenRequestMs = 30_000;

/** What an access token lives when its server does not say (RFC 6749, section 5.1 leaves it open). */
const defaultLifetimeMs = 300_000;

/** What is read of a response; the one of Node's fetch has it. */
export type TokenResponse = Pick<Response, 'status' | 'text'> & { headers: Pick<Headers, 'get'> };

/**
 * Sends a token request once and reads what became of the token. The new pair is taken as it stands: checking it here
 * could fail, and the pair would be lost with the old one already spent (stacklok/toolhive#6194).
 */
export async function tokenAnswer(
  send: (signal: AbortSignal) => Promise<TokenResponse>,
  deadlineMs = tokenRequestMs,
): Promise<RefreshAnswer> {
  let response: TokenResponse;
  let body: unknown;
  const sending = watchSending();
  const deadline = wakefulDeadline(deadlineMs);
  try {
    response = await send(deadline.signal);
    body = parsedJson(await response.text());
  } catch (error) {
    const code = networkCode(error);
    const unsent = neverLeft.test(code) || sending.neverLeft();
    return { kind: unsent ? 'unsent' : 'unanswered', detail: code };
  } finally {
    deadline.stop();
    sending.stop();
  }
  const { status } = response;
  // A gateway of one's own may answer 201; a pair that came is a pair, and what it was traded for is spent.
  const isGood = status >= 200 && status < 300;
  const pair = isGood ? readPair(body) : undefined;
  if (pair) return { kind: 'granted', pair };
  if (status === 429) return { kind: 'throttled', retryAfterMs: retryAfterMs(response) };
  if (isPassing(response)) return { kind: 'failing', retryAfterMs: retryAfterMs(response) };
  const error = errorCode(body);
  // Some servers say what is wrong in a 200.
  if (isGood && error === unknownError) return { kind: 'unanswered', detail: `${status} without a token` };
  return error === 'invalid_grant' ? { kind: 'invalid-grant' } : { kind: 'refused', detail: `${status} ${error}` };
}

/**
 * A deadline in two halves: a process that was stopped (Ctrl-Z, a paused container) finds its timers over before it looks
 * at its sockets, and the answer that waits there holds the only token that is still good.
 */
function wakefulDeadline(deadlineMs: number): { signal: AbortSignal; stop(): void } {
  const abort = new AbortController();
  const end = () => abort.abort(new DOMException('The token server did not answer in time.', 'TimeoutError'));
  let timer = setTimeout(() => {
    timer = setTimeout(end, deadlineMs / 2);
  }, deadlineMs / 2);
  return { signal: abort.signal, stop: () => clearTimeout(timer) };
}

/**
 * Whether a response says nothing of the sign-in: the server is busy or failing, or a company's proxy or a portal sent a
 * redirect or a page in its place, and the server never saw the request.
 */
export function isPassing({ status, headers }: Omit<TokenResponse, 'text'>): boolean {
  if (status >= 500 || status === 429 || status === 408 || (status >= 300 && status < 400)) return true;
  return /^text\/html\b/i.test(headers.get('content-type') ?? '');
}

/** A pair from RFC 6749's names or from sso-oidc's camelCase ones. */
export function readPair(body: unknown): TokenPair | undefined {
  if (!isObject(body)) return undefined;
  const accessToken = body['access_token'] ?? body['accessToken'];
  if (typeof accessToken !== 'string' || accessToken === '') return undefined;
  const seconds = toLifetime(body['expires_in'] ?? body['expiresIn']);
  const refreshSeconds = toLifetime(body['refresh_expires_in'] ?? body['refresh_token_expires_in']);
  return {
    accessToken,
    expiresInMs: seconds === undefined ? defaultLifetimeMs : seconds * 1_000,
    refreshToken: toText(body['refresh_token'] ?? body['refreshToken']),
    refreshExpiresInMs: refreshSeconds === undefined ? undefined : refreshSeconds * 1_000,
    idToken: toText(body['id_token'] ?? body['idToken']),
  };
}

/** What `errorCode` gives where there is none. */
export const unknownError = 'unknown_error';

/** The server's error code in OAuth's spelling, safe to show: AWS also says `InvalidGrantException`. */
export function errorCode(body: unknown): string {
  const said = isObject(body) ? (body['error'] ?? body['__type']) : undefined;
  if (typeof said !== 'string' || !/^[\w.:#-]{1,64}$/.test(said)) return unknownError;
  return said
    .replace(/^.*#/, '')
    .replace(/Exception$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase();
}

/** Errors of name resolution, connecting and TLS: nothing of the request was sent. */
const neverLeft =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|.*TLS.*)$/;

/** The code of a failed fetch, which hides it in causes; `timeout` for a deadline. */
export function networkCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at.name === 'TimeoutError') return 'timeout';
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string') return code;
    if (at instanceof AggregateError) return networkCode(at.errors[0]);
  }
  return 'no answer';
}

function retryAfterMs(response: TokenResponse): number | undefined {
  const seconds = toNumber(response.headers.get('retry-after') ?? undefined);
  return seconds === undefined ? undefined : Math.min(seconds * 1_000, 600_000);
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number.parseFloat(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Beyond ten years a date may be none at all any more. */
function toLifetime(value: unknown): number | undefined {
  const seconds = toNumber(value);
  return seconds === undefined ? undefined : Math.min(seconds, 315_360_000);
}

const toText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
