import * as oauth from 'oauth4webapi';
import { ProxyError } from '../base/errors.ts';
import { loginCommand } from './sign-in-needed.ts';
import { errorCode, networkCode } from './token-answer.ts';

/** What a person reads when a sign-in did not work. The server's own description is left out: it may quote what we sent. */
export function loginFailed(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError)
    return signInRefused(error.error);
  const code = error instanceof oauth.OperationProcessingError ? (error.code ?? '') : networkCode(error);
  return new ProxyError('upstream_unavailable', 'The sign-in failed: the token server did not answer as it should.', {
    fix: loginCommand,
    detail: `login: ${code}`,
  });
}

/** The error for a server's own error code (RFC 6749, section 5.2; RFC 8628, section 3.5). */
export function signInRefused(said: string): ProxyError {
  const code = errorCode({ error: said });
  const what = sentences.get(code) ?? `The token server refused the sign-in: ${code}.`;
  return new ProxyError('sign_in_needed', what, { fix: loginCommand });
}

const sentences: ReadonlyMap<string, string> = new Map([
  ['access_denied', 'The sign-in was declined.'],
  ['expired_token', 'The code ran out before anyone used it.'],
]);
