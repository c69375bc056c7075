import { type ErrorFacts, ProxyError } from '../base/errors.ts';
import { isObject, parsedJson } from '../base/json.ts';
import { safeWords } from '../base/safe-words.ts';
import { byName, byStatus, byText, type Meaning, openAiNames } from './failure-table.ts';
import type { FrameHeaders } from './frame-headers.ts';
import {
  byIdentityText,
  byNetworkCode,
  connectionFailed,
  noCredentials,
  proxyUnreachable,
  untrustedCertificate,
  untrustedCodes,
} from './unanswered-table.ts';

/** Where a call went: fills the gaps in messages and fixes. */
export type Whereabouts = {
  model: string;
  region: string;
  host: string;
  /** The command that renews the credentials. */
  signIn: string;
  /** `clock.now()`, for the end of a daily quota. */
  now: number;
  /** Bytes of the request's body: an oversized picture is reported as an overlong prompt. */
  bodyBytes?: number;
  /** Takes the secrets out that this process knows: a gateway's token has no shape of its own. */
  scrub?: ((text: string) => string) | undefined;
};

/** What Bedrock said of a failure, wherever it said it. */
type Refusal = {
  /** The exception's name in any spelling; empty where none was given. */
  name: string;
  message: string;
  status?: number;
  requestId?: string | undefined;
  /** The `retry-after` header. */
  retryAfter?: string;
};

/** Bedrock takes 25,000,000 bytes (base64 media included) and reports more in various words. */
const mostBodyBytes = 25_000_000;
/** Throttling is per minute and per token, and no `retry-after` is ever sent: a few seconds let the bucket refill. */
const throttledWaitMs = 5_000;

/** The error for an HTTP status with its headers and body, as Bedrock or something before it sent them. */
export function httpFailure(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  where: Whereabouts,
): ProxyError {
  const header = (name: string): string => String(headers[name] ?? '');
  const said = readBody(body);
  return refusalFailure(
    {
      name: header('x-amzn-errortype') || said.name,
      message: said.message || `HTTP ${status}`,
      status,
      requestId: header('x-amzn-requestid'),
      retryAfter: header('retry-after'),
    },
    where,
  );
}

/** The error for a frame that is no event: an exception carries JSON with a message, an error carries it in its headers. */
export function frameFailure(
  headers: FrameHeaders,
  payload: string,
  requestId: string | undefined,
  where: Whereabouts,
): ProxyError {
  const isError = headers.messageType === 'error';
  const message = isError ? headers.errorMessage : readBody(payload).message;
  const name = isError ? headers.errorCode : headers.exceptionType;
  return refusalFailure({ name, message: message || name, requestId }, where);
}

/** The error for what the OpenAI-compatible endpoint says in the midst of a stream: an object, or words alone. */
export function chunkFailure(said: unknown, requestId: string | undefined, where: Whereabouts): ProxyError {
  const { code, type, message, status = code } = isObject(said) ? said : { message: said };
  const name = openAiNames.get(code) ?? openAiNames.get(type) ?? '';
  return refusalFailure(
    {
      name,
      message: typeof message === 'string' && message !== '' ? message : 'The model broke off its answer.',
      ...(name === '' && typeof status === 'number' && { status }),
      requestId,
    },
    where,
  );
}

/** The error for what Bedrock said in an exception frame, an error frame or an HTTP error. */
function refusalFailure(refusal: Refusal, where: Whereabouts): ProxyError {
  const name = plainName(refusal.name);
  const words = refusal.message.toLowerCase().replaceAll('\u2019', "'");
  const means = meaningOf(name, words, refusal.status, where);
  return failure(means, refusal.message, where, {
    ...waitOf(means, refusal.retryAfter, where.now),
    upstreamRequestId: refusal.requestId || undefined,
    detail: `${refusal.name || 'no name'}, status ${refusal.status ?? 'none'}`,
  });
}

function meaningOf(name: string, words: string, status: number | undefined, where: Whereabouts): Meaning {
  for (const { words: texts, names, means } of byText) {
    // A gateway in between may drop the name: the words then count alone.
    if (names && name !== '' && name !== 'unknown' && !names.includes(name)) continue;
    if (texts.some((text) => words.includes(text))) return sized(means, where);
  }
  const named = byName.get(name);
  if (named) return sized(named, where);
  return byStatus.find(({ from, to }) => status !== undefined && status >= from && status <= to)?.means ?? byUnknown;
}

const byUnknown: Meaning = { code: 'upstream_rejected', retry: 'once', says: 'Bedrock reported an error' };

/** An oversized body is not a long conversation: a client that compacts its history would not get further. */
function sized(means: Meaning, where: Whereabouts): Meaning {
  if (means.code !== 'context_length' || (where.bodyBytes ?? 0) <= mostBodyBytes) return means;
  return { code: 'too_large', says: `The request has ${where.bodyBytes} bytes and Bedrock takes ${mostBodyBytes}` };
}

/** `ThrottlingException:http://…`, `com.amazon.coral.service#ThrottlingException`, `throttlingException` → `throttling`. */
function plainName(name: string): string {
  const bare = name.split(':')[0]?.split('#').at(-1) ?? '';
  return bare
    .trim()
    .toLowerCase()
    .replace(/exception$/, '');
}

function readBody(body: string): { name: string; message: string } {
  const parsed = parsedJson(body);
  // The wrong endpoint answers 200 with {"Output":{"__type":"…#UnknownOperationException"}}.
  // The OpenAI-compatible endpoint wraps its words in `error`.
  const wrapped = isObject(parsed) ? (parsed['Output'] ?? parsed['error']) : undefined;
  const source = isObject(wrapped) ? wrapped : parsed;
  if (!isObject(source)) return { name: '', message: plainText(body) };
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const code = text(source['code']);
  return {
    name: text(source['__type']) || (openAiNames.get(code) ?? code),
    message: text(source['message']) || text(source['Message']),
  };
}

/** What a page holds besides its words, from behind the `<` that opens it. */
const unseen = /^(?:(style|script)\b.*?(?:<\/\1\s*>|$)|!--.*?(?:-->|$))/is;

/** What a gateway's page says, without its tags; nothing of what is no text. */
function plainText(page: string): string {
  if (page.includes('\0')) return '';
  // Pages of proxies begin with more style than can be told (Squid's own error page does).
  const [before = '', ...pieces] = page.split(/<(?=(?:style|script)\b|!--)/i);
  return [before, ...pieces.map((piece) => piece.replace(unseen, ' '))]
    .join('')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

const dayMs = 86_400_000;

/** NaN for what is no date: `Date.parse` also makes a year of `-5`. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
}

/** Milliseconds until another try makes sense; daily quotas start anew at midnight UTC. */
function waitOf(
  means: Meaning,
  retryAfter: string | undefined,
  now: number,
): Pick<ErrorFacts, 'retryAfterMs' | 'retryAfterGuessed'> {
  if (retryAfter) {
    const wait = /^\d+(\.\d+)?$/.test(retryAfter) ? Number(retryAfter) * 1000 : httpDate(retryAfter) - now;
    if (Number.isFinite(wait)) return { retryAfterMs: Math.min(Math.max(0, wait), dayMs) };
  }
  if (means.exhausted) return { retryAfterMs: dayMs - (now % dayMs) };
  return means.retry === 'throttled' ? { retryAfterMs: throttledWaitMs, retryAfterGuessed: true } : {};
}

/** The error for a connection that could not be made or broke before anything was answered. */
export function networkFailure(cause: unknown, where: Whereabouts): ProxyError {
  const code = isObject(cause) && typeof cause['code'] === 'string' ? cause['code'] : '';
  const means = untrustedCodes.includes(code)
    ? untrustedCertificate
    : ((isAtProxy(cause) && code !== 'EMFILE' ? proxyUnreachable : byNetworkCode[code]) ?? connectionFailed);
  return failure(means, code, where, { detail: String(cause), cause });
}

/** As `createAgent` marks it. */
const isAtProxy = (cause: unknown): boolean => isObject(cause) && cause['atProxy'] === true;

/** The error for a route that could not be had: no credentials (`login` mends that), an expired sign-in, a broken profile, no Region. */
export function identityFailure(cause: unknown, where: Pick<Whereabouts, 'signIn'> & { login?: string }): ProxyError {
  if (cause instanceof ProxyError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = isObject(cause) ? String(cause['code'] ?? '') : '';
  const words = `${message} ${code}`.toLowerCase();
  const means = byIdentityText.find(({ words: texts }) => texts.some((text) => words.includes(text)))?.means;
  return failure(
    means ?? (where.login === undefined ? noCredentials : { ...noCredentials, fix: where.login }),
    means?.alone ? '' : message,
    { model: '', region: '', host: '', ...where },
    { cause },
  );
}

function failure(
  means: Meaning,
  said: string,
  where: Pick<Whereabouts, 'signIn' | 'model' | 'region' | 'host' | 'scrub'>,
  facts: ConstructorParameters<typeof ProxyError>[2],
): ProxyError {
  const fill = (text: string): string =>
    text.replace(/\{(signIn|model|region|host)\}/g, (_, name: 'signIn' | 'model' | 'region' | 'host') => where[name]);
  const words = safeWords(where.scrub?.(said) ?? said);
  return new ProxyError(means.code, sentence(fill(means.says), words), {
    ...facts,
    retry: means.retry,
    exhausted: means.exhausted,
    fix: means.fix === undefined ? undefined : fill(means.fix),
  });
}

/** Bedrock's own words stay as they are; some come without their full stop. */
function sentence(says: string, said: string): string {
  const text = said === '' ? says : `${says}: ${said}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
