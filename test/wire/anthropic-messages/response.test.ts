import { expect, test } from 'vitest';
import { type ErrorCode, errorCodes, ProxyError } from '../../../src/base/errors.ts';
import { anthropicMessages } from '../../../src/wire/anthropic-messages/format.ts';
import { answerContext, answerOf, plainContext, sampleAnswers } from '../sample-answers.ts';

const request = anthropicMessages.parse(
  { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }], stop_sequences: ['END'] },
  plainContext,
);
const context = answerContext(request);
const call = { kind: 'tool', id: 't1', name: 'f', input: '{}' } as const;

test.each([
  ['end_turn', [], 'end_turn'],
  ['end_turn', [call], 'tool_use'],
  ['tool_use', [], 'end_turn'],
  ['tool_use', [call], 'tool_use'],
  ['max_tokens', [call], 'max_tokens'],
  ['model_context_window_exceeded', [], 'model_context_window_exceeded'],
  ['guardrail_intervened', [], 'refusal'],
  ['content_filtered', [], 'refusal'],
  ['refusal', [], 'refusal'],
] as const)('case 40: %s with %j stops as %s', (reason, blocks, expected) => {
  expect(anthropicMessages.toResponse([answerOf([...blocks], reason)], context)).toMatchObject({
    stop_reason: expected,
    stop_sequence: null,
  });
});

test('the stop sequence that fired is named: as the model says, else the only one there is', () => {
  const shown = (more: object, stops: string[]) =>
    anthropicMessages.toResponse([answerOf([], 'stop_sequence', more)], {
      ...context,
      request: { ...request, stop_sequences: stops },
    })['stop_sequence'];
  expect(shown({ stopSequence: 'B' }, ['A', 'B'])).toBe('B');
  expect(shown({}, ['A'])).toBe('A');
  expect(shown({}, ['A', 'B'])).toBeNull();
});

test('case 38: a call that was cut off is not shown as one that could run', () => {
  const answer = sampleAnswers['cut off in a call (case 38)'];
  expect(anthropicMessages.toResponse([answer], context)).toMatchObject({
    content: [{ type: 'text', text: 'I will write it.' }],
    stop_reason: 'max_tokens',
  });
});

test('an id of 19 digits in a call is told digit by digit', () => {
  const answer = answerOf([{ ...call, input: '{"channel":1234567890123456789}' }], 'tool_use');
  expect(JSON.stringify(anthropicMessages.toResponse([answer], context))).toContain('{"channel":1234567890123456789}');
});

test('a call whose JSON is broken although the model was done is a failure', () => {
  const answer = answerOf([{ ...call, input: '{"a":' }], 'tool_use');
  expect(() => anthropicMessages.toResponse([answer], context)).toThrow(/cannot be read/);
});

test('citations name their place as Anthropic does', () => {
  const cited = (location: Record<string, object>) =>
    anthropicMessages.toResponse(
      [answerOf([{ kind: 'text', text: 'x', citations: [{ title: 'T', source: 'S', location: location as never }] }])],
      context,
    )['content'];
  expect(cited({ documentPage: { documentIndex: 1, start: 2, end: 3 } })).toMatchObject([
    { citations: [{ type: 'page_location', document_index: 1, start_page_number: 2, end_page_number: 3 }] },
  ]);
  expect(cited({ documentChunk: { start: 2, end: 3 } })).toMatchObject([
    { citations: [{ type: 'content_block_location', document_title: 'T', start_block_index: 2 }] },
  ]);
  expect(cited({ searchResultLocation: { searchResultIndex: 4, start: 0, end: 1 } })).toMatchObject([
    { citations: [{ type: 'search_result_location', search_result_index: 4, source: 'S' }] },
  ]);
  expect(cited({ web: { url: 'https://a.example' } })).toMatchObject([
    { citations: [{ type: 'web_search_result_location', url: 'https://a.example' }] },
  ]);
  expect(cited({ elsewhere: {} })).toEqual([{ type: 'text', text: 'x' }]);
});

test('every error code has a status and one of Anthropic’s types, and the upstream’s words stay as they are', () => {
  const text = 'The model returned the following errors: prompt is too long: 250000 tokens > 200000 maximum';
  for (const code of errorCodes) {
    const { status, body } = anthropicMessages.toError(new ProxyError(code, text), {
      flavour: 'plain',
      requestId: 'r',
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ type: 'error', error: { message: text }, request_id: 'r' });
  }
});

test('a limit says when to come back; a spent quota and a lost sign-in say not to try again', () => {
  const headers = (code: ErrorCode, facts: object) =>
    anthropicMessages.toError(new ProxyError(code, 'No.', facts), { flavour: 'plain' }).headers;
  expect(headers('upstream_limited', { retryAfterMs: 2100 })).toMatchObject({ 'retry-after': '3' });
  expect(headers('upstream_limited', { exhausted: true })).toEqual({ 'x-should-retry': 'false' });
  expect(headers('sign_in_needed', {})).toEqual({ 'x-should-retry': 'false' });
  expect(headers('upstream_unavailable', {})).toMatchObject({ 'retry-after': '2' });
});

test('case 96: an overflow that Bedrock words otherwise gets the words that make Claude Code shorten the conversation', () => {
  const error = new ProxyError('context_length', 'Input is too long for requested model.');
  expect(anthropicMessages.toError(error, { flavour: 'plain' }).body).toMatchObject({
    error: { type: 'invalid_request_error', message: 'Prompt is too long. Input is too long for requested model.' },
  });
});

test.each(['', ' ', '\n'])('case 24: a call whose input is %j has an empty one', (input) => {
  const { content } = anthropicMessages.toResponse([answerOf([{ ...call, input }], 'tool_use')], context);
  expect(content).toEqual([{ type: 'tool_use', id: 't1', name: 'f', input: {} }]);
});
