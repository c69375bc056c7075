import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../../src/base/errors.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Answer } from '../../../src/converse/events.ts';
import { anthropicMessages } from '../../../src/wire/anthropic-messages/format.ts';
import {
  answerContext,
  answerOf,
  encode,
  encodeSplit,
  eventsOf,
  fetchStub,
  plainContext,
  sampleAnswers,
} from '../sample-answers.ts';

const ask = { model: 'claude-sonnet-5', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };
const context = answerContext(anthropicMessages.parse({ ...ask, stop_sequences: ['END'] }, plainContext));
const sseOf = (name: keyof typeof sampleAnswers): string =>
  encode(anthropicMessages.toStream(context), eventsOf(sampleAnswers[name]));

const client = (sse: string) =>
  new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: fetchStub(sse, 'text/event-stream') });

describe.each(Object.entries(sampleAnswers))('%s', (name, answer) => {
  test('the official SDK folds the stream into the same message as the whole answer', async () => {
    const message = await client(sseOf(name as keyof typeof sampleAnswers))
      .messages.stream(ask)
      .finalMessage();
    const { content, usage, ...shell } = anthropicMessages.toResponse([answer], context);
    expect(message).toMatchObject(shell);
    expect(message.usage).toMatchObject({
      input_tokens: 12,
      output_tokens: 34,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 100,
    });
    expect(usage).toMatchObject({ cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 60 } });
    if (answer.end.stopReason !== 'max_tokens') expect(JSON.parse(JSON.stringify(message.content))).toEqual(content);
  });

  test('the text is the same wherever a batch is cut', () => {
    const events = eventsOf(answer);
    const whole = encode(anthropicMessages.toStream(context), events);
    for (let cut = 1; cut < events.length; cut++) {
      expect(encodeSplit(anthropicMessages.toStream(context), events, cut)).toBe(whole);
    }
  });

  test('blocks have dense indices, each started, filled and stopped in order', () => {
    // Split at LF alone: to a regular expression U+2028 ends a line too, and JSON may hold it as it is.
    const lines = sseOf(name as keyof typeof sampleAnswers).split('\n');
    const kinds = lines
      .filter((line) => line.startsWith('data: '))
      .map((line): { type: string; index?: number } => JSON.parse(line.slice(6)));
    expect(kinds[0]?.type).toBe('message_start');
    expect(kinds[1]?.type).toBe('ping');
    expect(kinds.slice(-2).map(({ type }) => type)).toEqual(['message_delta', 'message_stop']);
    let open: number | undefined;
    let next = 0;
    for (const { type, index } of kinds) {
      if (type === 'content_block_start') {
        expect(open).toBeUndefined();
        expect(index).toBe(next++);
        open = index;
      } else if (type === 'content_block_delta') expect(index).toBe(open);
      else if (type === 'content_block_stop') open = undefined;
    }
    expect(open).toBeUndefined();
  });
});

test('case 24: a call without arguments gets an empty object', () => {
  expect(sseOf('interleaved thinking and calls (case 56)')).toContain(
    '{"type":"input_json_delta","partial_json":"{}"}',
  );
});

test('case 61: a signature that came in pieces leaves whole, because clients replace it at each delta', () => {
  const signatures = sseOf('thinking').match(/"signature_delta","signature":"[^"]*"/g);
  expect(signatures).toEqual(['"signature_delta","signature":"c2lnbmVk"']);
});

test('case 90: a failure in mid-stream is an error event, and nothing polite follows', async () => {
  const encoder = anthropicMessages.toStream(context);
  const text = encoder.push(eventsOf(answerOf([{ kind: 'text', text: 'Half an ans' }])).slice(0, 4), 0);
  const failure = encoder.fail(new ProxyError('upstream_unavailable', 'Bedrock is overloaded.'));
  expect(failure).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Bedrock is overloaded."},"request_id":"req1"}\n\n',
  );
  const stream = client(text + failure).messages.stream(ask);
  await expect(stream.finalMessage()).rejects.toMatchObject({ type: 'overloaded_error' });
});

test('a citation without a place that Anthropic has a form for is left out, as it is in a whole message', () => {
  const cited = (location: JsonObject) =>
    answerOf([{ kind: 'text', text: 'x', citations: [{ title: 'T', location }, { title: 'T' }] }]);
  const sse = (answer: Answer) => encode(anthropicMessages.toStream(context), eventsOf(answer));
  expect(sse(cited({}))).not.toContain('citations_delta');
  expect(sse(cited({ documentChar: { documentIndex: 0, start: 1, end: 2 } })).split('citations_delta')).toHaveLength(2);
});

test('case 38: a call whose JSON is broken although the model was done ends in an error, because the SDK would guess the rest', async () => {
  const broken = eventsOf(answerOf([{ kind: 'tool', id: 't1', name: 'write', input: '{"path":"a' }], 'tool_use'));
  const sse = encode(anthropicMessages.toStream(context), broken);
  expect(sse).not.toContain('message_delta');
  expect(sse).not.toContain('message_stop');
  await expect(client(sse).messages.stream(ask).finalMessage()).rejects.toMatchObject({ type: 'api_error' });
});
