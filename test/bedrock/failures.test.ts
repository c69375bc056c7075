import { expect, test } from 'vitest';
import type { ErrorCode, RetryAdvice } from '../../src/base/errors.ts';
import { byName, byText } from '../../src/bedrock/failure-table.ts';
import {
  frameFailure,
  httpFailure,
  identityFailure,
  networkFailure,
  type Whereabouts,
} from '../../src/bedrock/failures.ts';
import { byNetworkCode, untrustedCodes } from '../../src/bedrock/unanswered-table.ts';

const where: Whereabouts = {
  model: 'eu.example.model',
  region: 'eu-central-1',
  host: 'bedrock-runtime.eu-central-1.amazonaws.com',
  signIn: 'aws sso login --profile work',
  now: Date.UTC(2026, 10, 22, 18),
  bodyBytes: 1_000,
};

type Row = [status: number, name: string, message: string, code: ErrorCode, retry: RetryAdvice | undefined];

/** What Bedrock has been seen to say, and what it means. */
const rows: Row[] = [
  [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'upstream_limited', 'throttled'],
  [
    429,
    'ThrottlingException',
    'Too many tokens per day, please wait before trying again.',
    'upstream_limited',
    undefined,
  ],
  [400, 'ServiceQuotaExceededException', 'Quota', 'upstream_limited', undefined],
  [429, 'ModelNotReadyException', 'Model is not ready for inference.', 'upstream_unavailable', 'throttled'],
  [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.', 'upstream_limited', 'throttled'],
  [503, 'ServiceUnavailableException', 'Try later', 'upstream_unavailable', 'backoff'],
  [500, 'InternalServerException', 'The system encountered an unexpected error', 'upstream_unavailable', 'backoff'],
  [408, 'ModelTimeoutException', 'Timeout', 'timeout', 'once'],
  [424, 'ModelErrorException', 'The model failed', 'upstream_rejected', 'once'],
  [424, 'ModelErrorException', 'Model produced invalid sequence as part of ToolUse.', 'upstream_rejected', undefined],
  [424, 'ModelStreamErrorException', 'broke', 'upstream_rejected', 'once'],
  [400, 'ValidationException', 'The text field is blank.', 'invalid_request', undefined],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'unknown_model', undefined],
  [
    400,
    'ValidationException',
    'Invocation of model ID x with on-demand throughput isn\u2019t supported.',
    'unknown_model',
    undefined,
  ],
  [
    404,
    'ResourceNotFoundException',
    'Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.',
    'forbidden',
    undefined,
  ],
  [
    403,
    'AccessDeniedException',
    'Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided.',
    'forbidden',
    undefined,
  ],
  [400, 'ValidationException', 'Input is too long for requested model.', 'context_length', undefined],
  [
    400,
    'ValidationException',
    'The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum',
    'context_length',
    undefined,
  ],
  [
    400,
    'ValidationException',
    'input length and `max_tokens` exceed context limit: 1 + 2 > 3',
    'context_length',
    undefined,
  ],
  [400, 'ValidationException', 'too many total text bytes: 9 > 8', 'context_length', undefined],
  [400, 'ValidationException', 'This model doesn\u2019t support the stopSequences field.', 'unsupported', undefined],
  [400, 'ValidationException', "This model doesn't support tool use in streaming mode.", 'unsupported', undefined],
  [400, 'ValidationException', 'output_config.format: Extra inputs are not permitted', 'unsupported', undefined],
  [400, 'ValidationException', '`temperature` is deprecated for this model.', 'unsupported', undefined],
  [404, 'ResourceNotFoundException', 'Could not resolve the foundation model', 'unknown_model', undefined],
  [
    404,
    'ResourceNotFoundException',
    'Access denied. This Model is marked by provider as Legacy and you have not',
    'unknown_model',
    undefined,
  ],
  [
    403,
    'AccessDeniedException',
    "You don't have access to the model with the specified model ID.",
    'forbidden',
    undefined,
  ],
  [
    403,
    'AccessDeniedException',
    'Your account is not authorized to invoke this API operation.',
    'forbidden',
    undefined,
  ],
  [
    403,
    'AccessDeniedException',
    'You invoked an unsupported model or your request did not allow prompt caching.',
    'unsupported',
    undefined,
  ],
  [400, 'ConflictException', 'Conflict', 'invalid_request', undefined],
  [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'sign_in_needed', 'resign'],
  [
    403,
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    'sign_in_needed',
    'resign',
  ],
  [403, 'InvalidSignatureException', 'Signature expired', 'sign_in_needed', 'resign'],
  [401, 'NotAuthorized', 'no', 'sign_in_needed', 'resign'],
  [403, '', 'Authentication failed: Please make sure your API Key is valid.', 'sign_in_needed', undefined],
  [404, 'UnknownOperationException', 'x', 'internal', undefined],
  [413, '', '', 'too_large', undefined],
  [403, '', '<html><body><h1>Blocked</h1></body></html>', 'forbidden', undefined],
  [302, '', '', 'upstream_unavailable', undefined],
  [307, '', '<html><body>Please sign in</body></html>', 'upstream_unavailable', undefined],
  [407, '', 'x', 'upstream_unavailable', undefined],
  [404, '', 'x', 'unknown_model', undefined],
  [502, '', 'Bad gateway', 'upstream_unavailable', 'backoff'],
  [504, '', 'x', 'timeout', 'once'],
  [418, '', 'x', 'invalid_request', undefined],
];

test.each(rows)('cases 96 and 97: %i %s "%s" is %s', (status, name, message, code, retry) => {
  const error = httpFailure(
    status,
    {
      'x-amzn-errortype': name === '' ? undefined : `${name}:http://internal.amazon.com/coral/`,
      'x-amzn-requestid': 'r1',
    },
    message.startsWith('<') ? message : JSON.stringify({ message }),
    where,
  );
  expect(error).toMatchObject({ code, facts: { retry, upstreamRequestId: 'r1' } });
  if (message && !message.startsWith('<')) expect(error.publicMessage).toContain(message);
  expect(error.messageWithFix).not.toMatch(/[{}]/);
});

test('the same failure means the same in a stream, where names are camel case, and with a body that says Message', () => {
  for (const [, name, message, code] of rows.filter((row) => row[1].endsWith('Exception'))) {
    const headers = {
      messageType: 'exception',
      eventType: '',
      errorCode: '',
      errorMessage: '',
      exceptionType: name.charAt(0).toLowerCase() + name.slice(1),
    };
    expect(frameFailure(headers, JSON.stringify({ message }), 'r2', where)).toMatchObject({ code });
  }
  const error = httpFailure(
    403,
    {},
    '{"Message":"Authentication failed: Please make sure your API Key is valid."}',
    where,
  );
  expect(error.code).toBe('sign_in_needed');
});

test('an error frame speaks through its headers', () => {
  const headers = {
    messageType: 'error',
    eventType: '',
    exceptionType: '',
    errorCode: 'ThrottlingException',
    errorMessage: 'Slow',
  };
  expect(frameFailure(headers, '', undefined, where)).toMatchObject({ code: 'upstream_limited' });
});

test('case 97: throttling says when to come back; a daily quota says tomorrow, and that it is spent', () => {
  const limited = (message: string, retryAfter?: string) =>
    httpFailure(
      429,
      { 'x-amzn-errortype': 'ThrottlingException', 'retry-after': retryAfter },
      JSON.stringify({ message }),
      where,
    ).facts;
  expect(limited('Slow down').retryAfterMs).toBe(5_000);
  expect(limited('Slow down', '7').retryAfterMs).toBe(7_000);
  expect(limited('Slow down', new Date(where.now + 30_000).toUTCString()).retryAfterMs).toBe(30_000);
  expect(limited('Slow down', '-5')).toMatchObject({ retryAfterMs: 5_000, retryAfterGuessed: true });
  expect(limited('Slow down', 'soon')).toMatchObject({ retryAfterMs: 5_000, retryAfterGuessed: true });
  expect(limited('Slow down', '99999999999999').retryAfterMs).toBe(86_400_000);
  expect(limited('Too many tokens per day')).toMatchObject({ exhausted: true, retryAfterMs: 6 * 3_600_000 });
});

test('case 96: what is too long in bytes is not told as a long conversation', () => {
  const error = httpFailure(
    400,
    { 'x-amzn-errortype': 'ValidationException' },
    '{"message":"Input is too long for requested model."}',
    {
      ...where,
      bodyBytes: 26_000_000,
    },
  );
  expect(error.code).toBe('too_large');
});

test('the command that mends it names the profile, the model and the Region', () => {
  const expired = httpFailure(403, { 'x-amzn-errortype': 'ExpiredTokenException' }, '{"message":"expired"}', where);
  expect(expired.messageWithFix).toBe(
    'AWS does not accept the credentials: expired. Fix: aws sso login --profile work',
  );
  const unknown = httpFailure(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }, '{"message":"no"}', where);
  expect(unknown.publicMessage).toBe('Bedrock does not serve eu.example.model in eu-central-1: no.');
});

test('network failures say which host, and whether another try makes sense', () => {
  for (const code of [...Object.keys(byNetworkCode), ...untrustedCodes, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']) {
    const error = networkFailure(Object.assign(new Error('x'), { code }), where);
    expect(error.code).toBe('upstream_unavailable');
    expect(error.publicMessage).toContain(where.host);
    expect(error.facts.retry).toBe(/CERT|SIGNATURE/.test(code) ? error.facts.retry : 'backoff');
  }
  expect(
    networkFailure(Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), where).facts,
  ).toMatchObject({
    retry: undefined,
    fix: expect.stringContaining('AWS_CA_BUNDLE'),
  });
});

test('missing credentials and a missing Region each name their command', () => {
  expect(identityFailure(new Error('Could not load credentials from any providers'), where)).toMatchObject({
    code: 'sign_in_needed',
    facts: { fix: 'aws sso login --profile work' },
  });
  const ended = "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.";
  expect(identityFailure(new Error(ended), where).messageWithFix).toBe(
    `The AWS sign-in has expired, or was never made. No restart is needed: run the command, then resend. Fix: ${where.signIn}`,
  );
  const code = 'Profile mfa requires multi-factor authentication, but no MFA code callback was provided.';
  expect(identityFailure(new Error(code), where).facts.fix).toMatch(/^aws sts get-session-token/);
  expect(identityFailure(new Error('Region is missing'), where).facts.fix).toBe('claude-bedrock aws setup');
  expect(identityFailure(new TypeError('Invalid URL'), where).publicMessage).toBe(
    'The Bedrock endpoint is not a URL: Invalid URL.',
  );
  const down = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
  expect(identityFailure(down, where)).toMatchObject({ code: 'upstream_unavailable', facts: { retry: 'backoff' } });
});

test('each line of the tables is reached: words are lower case and plain, names are bare', () => {
  for (const { words, names } of byText) {
    for (const word of words) expect(word).toBe(word.toLowerCase().replaceAll('\u2019', "'"));
    for (const name of names ?? []) expect([...byName.keys()]).toContain(name);
  }
  for (const name of byName.keys()) expect(name).toMatch(/^[a-z]+$/);
});

test('promise 2: what AWS quotes of the request does not reach the client', () => {
  const quoting = [
    "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/model/x/converse\n\nx-amz-security-token:canary-token-1\n'",
    "'canary2canary2' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer canary-key-3'.",
    'Credential=canary-id-4/20261122/us-east-1 is expired',
    `token ${'canary5'.repeat(12)} is not known`,
  ];
  for (const message of quoting) {
    const headers = { 'x-amzn-errortype': 'InvalidSignatureException' };
    const error = httpFailure(403, headers, JSON.stringify({ message }), where);
    expect(error.messageWithFix + String(error.facts.detail)).not.toContain('canary');
    expect(error.publicMessage.length).toBeGreaterThan(20);
  }
  const process = identityFailure(new Error('Command failed: get-keys --password canary-6\ncanary-7: no'), where);
  expect(process.messageWithFix).not.toContain('canary');
  expect(process.messageWithFix).toContain('credential_process');
});

test('a name of 64 letters, an ARN and a plain sentence are told as they came', () => {
  const told = `Tool ${'a'.repeat(64)} of arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abcdefghijkl is wrong.`;
  const body = JSON.stringify({ message: told });
  const headers = { 'x-amzn-errortype': 'ValidationException' };
  expect(httpFailure(400, headers, body, where).publicMessage).toContain(told);
});

test('a proxy’s page is told by its words: not by its styles, scripts and comments, and not by bytes', () => {
  const said = (body: string) => httpFailure(403, {}, body, where).publicMessage;
  const squid = `<!DOCTYPE html><html><head><style type="text/css"><!-- ${'body { margin: 0 } '.repeat(40)} --></style>
    <SCRIPT>var a = '<style>';</SCRIPT ><!-- id: 7 --></head><body><h1>ERROR</h1><p>Access Denied.</p></body></html>`;
  expect(said(squid)).toBe('Something before Bedrock refused the request: ERROR Access Denied.');
  expect(said('<p>Denied.</p><style>never closed')).toBe('Something before Bedrock refused the request: Denied.');
  expect(said('\0\0\0w\0binary')).toBe('Something before Bedrock refused the request: HTTP 403.');
});
