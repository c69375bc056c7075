import type { ErrorCode, RetryAdvice } from '../base/errors.ts';

/** What one kind of failure means here. `failures.ts` applies these tables and those of `unanswered-table.ts`. */
export type Meaning = {
  code: ErrorCode;
  retry?: RetryAdvice;
  /** Said before Bedrock's own words. */
  says: string;
  /** The service's own words would add nothing that helps. */
  alone?: boolean;
  /** What mends it; `{signIn}`, `{model}` and `{region}` are filled in. */
  fix?: string;
  /** A daily quota: the next minute does not help. */
  exhausted?: true;
};

const signInNeeded: Meaning = {
  code: 'sign_in_needed',
  retry: 'resign',
  says: 'AWS does not accept the credentials',
  fix: '{signIn}',
};

const throttled: Meaning = {
  code: 'upstream_limited',
  retry: 'throttled',
  says: 'Bedrock is limiting this account',
  fix: 'claude-bedrock quota',
};

const overlong: Meaning = { code: 'context_length', says: "The request is longer than the model's context" };
const unsupported: Meaning = { code: 'unsupported', says: 'The model does not take this request' };
const unknownModel: Meaning = {
  code: 'unknown_model',
  says: 'Bedrock does not serve {model} in {region}',
  fix: 'claude-bedrock models list',
};
const rejected: Meaning = { code: 'upstream_rejected', says: 'The model could not answer' };
/** Bedrock, or what leads to it, is not there at the moment. */
export const unavailable: Meaning = {
  code: 'upstream_unavailable',
  retry: 'backoff',
  says: 'Bedrock is not available',
};

/**
 * By the words in Bedrock's message, first match wins; lower case, ASCII apostrophes. They come before the names, because
 * one name (ValidationException) stands for a dozen causes, and some causes come under several names.
 */
export const byText: readonly { words: readonly string[]; names?: readonly string[]; means: Meaning }[] = [
  {
    words: ['too many tokens per day'],
    means: {
      code: 'upstream_limited',
      exhausted: true,
      says: "The account's daily quota for this model is used up",
      fix: 'claude-bedrock quota',
    },
  },
  { words: ['bedrock is unable to process your request'], means: throttled },
  {
    words: ['did not allow prompt caching'],
    means: { code: 'unsupported', says: 'The model does not take cache points' },
  },
  {
    words: ['invalid sequence as part of tooluse'],
    means: { ...rejected, says: 'The model wrote a tool call that Bedrock cannot read' },
  },
  {
    words: ['please make sure your api key is valid'],
    means: {
      code: 'sign_in_needed',
      says: 'AWS does not accept the Bedrock API key in {region}',
      fix: 'claude-bedrock aws validate',
    },
  },
  {
    words: ['marked by provider as legacy'],
    means: { ...unknownModel, says: 'Bedrock no longer offers {model} to this account' },
  },
  {
    words: [
      'input is too long',
      'prompt is too long',
      'exceed context limit',
      'too many total text bytes',
      'maximum context length',
      'exceeds the context window',
    ],
    names: ['validation', 'modelerror', 'modelstreamerror'],
    means: overlong,
  },
  {
    words: ['use case details have not been submitted', 'use case details form'],
    means: {
      code: 'forbidden',
      says: "Anthropic's use case form has not been sent in for this AWS account",
      fix: 'open the model catalog of the Bedrock console, send in the form, wait 15 minutes',
    },
  },
  {
    words: ['invalid_payment_instrument', 'valid payment instrument'],
    means: {
      code: 'forbidden',
      says: 'AWS Marketplace could not subscribe this account to {model}',
      fix: 'add a valid means of payment in the AWS billing console, wait 2 minutes',
    },
  },
  { words: ['model identifier is invalid', 'on-demand throughput'], names: ['validation'], means: unknownModel },
  {
    words: [
      "doesn't support the",
      "doesn't support tool use",
      "doesn't support system messages",
      'extra inputs are not permitted',
      'extraneous key',
      'is deprecated for this model',
      'is not supported for this model',
      'are not supported for this model',
      'cannot both be specified for this model',
    ],
    names: ['validation'],
    means: unsupported,
  },
  {
    words: [
      "you don't have access to the model",
      'not authorized to invoke this api operation',
      'is not authorized to perform',
    ],
    means: {
      code: 'forbidden',
      says: 'This AWS identity may not use {model} in {region}',
      fix: 'claude-bedrock aws policy',
    },
  },
];

/**
 * By the exception's name, lower case, without `Exception`: errors of HTTP and exception frames spell it
 * differently. A Map, because the name comes from outside: an object also answers to `constructor`.
 */
export const byName: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    throttling: throttled,
    toomanyrequests: throttled,
    servicequotaexceeded: {
      code: 'upstream_limited',
      says: "The account's quota is used up",
      fix: 'claude-bedrock quota',
    },
    modelnotready: {
      code: 'upstream_unavailable',
      retry: 'throttled',
      says: 'The model is being loaded and not ready yet',
    },
    serviceunavailable: unavailable,
    internalserver: { ...unavailable, says: 'Bedrock failed inside' },
    internalfailure: { ...unavailable, says: 'Bedrock failed inside' },
    modeltimeout: { code: 'timeout', retry: 'once', says: 'The model took too long' },
    modelerror: { ...rejected, retry: 'once' },
    modelstreamerror: { ...rejected, retry: 'once', says: 'The model failed while it answered' },
    validation: { code: 'invalid_request', says: 'Bedrock refused the request' },
    conflict: { code: 'invalid_request', says: 'Bedrock refused the request' },
    resourcenotfound: unknownModel,
    accessdenied: {
      code: 'forbidden',
      says: 'This AWS identity may not do that',
      fix: 'claude-bedrock aws policy',
    },
    expiredtoken: signInNeeded,
    unrecognizedclient: signInNeeded,
    invalidsignature: signInNeeded,
    signaturedoesnotmatch: signInNeeded,
    requesttimetooskewed: signInNeeded,
    requestexpired: signInNeeded,
    invalidclienttokenid: signInNeeded,
    incompletesignature: signInNeeded,
    missingauthenticationtoken: signInNeeded,
    notauthorized: signInNeeded,
    unknownoperation: {
      code: 'internal',
      says: 'The endpoint does not know the Converse operations',
      fix: 'claude-bedrock aws validate',
    },
  }),
);

/** By HTTP status, for gateways that name nothing. The first line whose bounds hold it. */
export const byStatus: readonly { from: number; to: number; means: Meaning }[] = [
  { from: 200, to: 299, means: { ...rejected, says: 'The endpoint sent something that is no answer' } },
  {
    from: 300,
    to: 399,
    means: {
      code: 'upstream_unavailable',
      says: 'Something before Bedrock redirects the request, as the sign-in page of a network does',
      fix: 'claude-bedrock aws validate',
    },
  },
  { from: 401, to: 401, means: signInNeeded },
  {
    from: 403,
    to: 403,
    means: {
      code: 'forbidden',
      says: 'Something before Bedrock refused the request',
      fix: 'claude-bedrock aws validate',
    },
  },
  {
    from: 404,
    to: 404,
    means: { ...unknownModel, says: 'The endpoint does not know {model}', fix: 'claude-bedrock aws validate' },
  },
  {
    from: 407,
    to: 407,
    means: {
      code: 'upstream_unavailable',
      says: 'The HTTP proxy wants a sign-in',
      fix: 'set HTTPS_PROXY=http://user:password@host:port',
    },
  },
  { from: 408, to: 408, means: { code: 'timeout', retry: 'once', says: 'Bedrock gave up waiting' } },
  { from: 413, to: 413, means: { code: 'too_large', says: 'The request is larger than Bedrock takes' } },
  { from: 424, to: 424, means: { ...rejected, retry: 'once' } },
  { from: 429, to: 429, means: throttled },
  { from: 400, to: 499, means: { code: 'invalid_request', says: 'Bedrock refused the request' } },
  { from: 504, to: 504, means: { code: 'timeout', retry: 'once', says: 'Bedrock gave up waiting' } },
  { from: 500, to: 599, means: unavailable },
];
