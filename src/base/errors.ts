import type { Spent } from '../converse/usage.ts';

/** The closed set of ways a call can fail. Adding one breaks the build in each wire format's table and in the docs test. */
export const errorCodes = [
  'invalid_request',
  'unsupported',
  'unauthorized',
  'forbidden',
  'unknown_model',
  'not_found',
  'too_large',
  'context_length',
  'limited',
  'upstream_limited',
  'upstream_unavailable',
  'upstream_rejected',
  'upstream_truncated',
  'sign_in_needed',
  'timeout',
  'client_gone',
  'internal',
] as const;

/** One of them. */
export type ErrorCode = (typeof errorCodes)[number];

/**
 * Whether the same call may be sent again before anything reached the client:
 * `never`; `once`; `backoff` (transient, several times); `throttled` (as backoff, longer waits);
 * `resign` (once, after the credentials were read anew).
 */
export type RetryAdvice = 'never' | 'once' | 'backoff' | 'throttled' | 'resign';

/** What an error carries besides its code and its message. */
export type ErrorFacts = {
  /** The command or setting that mends the cause. It is sent to the client, because people read it in the editor's chat. */
  fix?: string | undefined;
  /** The field of the client's request that is wrong, in that client's own spelling, e.g. `messages[2].content`. */
  param?: string | undefined;
  /** When another try makes sense, in milliseconds from now. */
  retryAfterMs?: number | undefined;
  /** `retryAfterMs` is our own guess for the client: the service named no time. */
  retryAfterGuessed?: boolean | undefined;
  /** Advice for the retry layer; `never` when absent. */
  retry?: RetryAdvice | undefined;
  /** A daily quota or a spent budget: waiting minutes does not help. */
  exhausted?: boolean | undefined;
  /** For logs, redacted there, and never sent. */
  detail?: string | undefined;
  /** The upstream's own request id. */
  upstreamRequestId?: string | undefined;
  /** What Bedrock charges for an answer that cannot be given out: it is booked like any other. */
  spent?: Spent | undefined;
  cause?: unknown;
};

/** The one error type that crosses rooms. `publicMessage` is written for the person at the editor and holds no secret. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly facts: Readonly<ErrorFacts>;

  constructor(code: ErrorCode, publicMessage: string, facts: ErrorFacts = {}) {
    super(publicMessage, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.publicMessage = publicMessage;
    this.facts = facts;
  }

  /** The message as people read it: what happened, then the command that mends it. */
  get messageWithFix(): string {
    const { fix } = this.facts;
    return fix === undefined ? this.publicMessage : `${this.publicMessage} Fix: ${fix}`;
  }
}

/** Turns anything thrown into a ProxyError; what is not one already becomes `internal`, its text kept in `detail` only. */
export function toProxyError(thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new ProxyError('internal', 'Something went wrong inside claude-bedrock.', {
    fix: 'claude-bedrock doctor',
    detail,
    cause: thrown,
  });
}
