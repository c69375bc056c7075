import { expect, test } from 'vitest';
import { anthropicAnswer, anthropicEvents } from '../../src/bedrock/anthropic-events.ts';
import type { Event } from '../../src/converse/events.ts';

const served = { model: 'm', region: 'eu-central-1', changes: [] };
const payload = (event: object) => JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') });
const begin = { type: 'message_start', message: { id: 'msg_1', content: [], usage: { input_tokens: 3 } } };
const why = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } };
const stop = { type: 'message_stop' };

function read(events: readonly object[]): Event[] {
  const reader = anthropicEvents(served);
  const out: Event[] = [];
  for (const event of events) reader.push('chunk', payload(event), out);
  return out;
}

test('a message that stops without a word why is no whole answer', () => {
  expect(() => read([begin, stop])).toThrow('before the model had finished');
  expect(() => read([stop])).toThrow('before the model had finished');
});

test('a failure in mid-stream is told in the upstream’s words, without the secrets that they quote', () => {
  const message = 'Overloaded: header Authorization: Bearer abcdefgh12345678 and key AKIAIOSFODNN7EXAMPLE were seen';
  const failing = () => read([begin, { type: 'error', error: { type: 'overloaded_error', message } }]);
  expect(failing).toThrow(expect.objectContaining({ code: 'upstream_unavailable' }));
  expect(failing).toThrow(/^Overloaded: header/);
  expect(failing).not.toThrow(/abcdefgh12345678|AKIAIOSFODNN7EXAMPLE/);
});

test('a secret without a shape, known to this process, is taken out of them too', () => {
  const reader = anthropicEvents(served, (said) => said.replaceAll('canarygateway', '[secret]'));
  const event = { type: 'error', error: { type: 'api_error', message: 'no canarygateway here' } };
  expect(() => reader.push('chunk', payload(event), [])).toThrow('no [secret] here');
});

test('what comes behind the stop is not part of the answer', () => {
  const late = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'late' } };
  expect(read([begin, why, stop, late, why]).at(-1)).toMatchObject({
    type: 'end',
    end: { stopReason: 'end_turn', usage: { inputTokens: 3, outputTokens: 5 } },
  });
});

test.each([[null], [[]], ['text'], [{}], [{ content: 'text' }]])('a body of %j is no message', (body) => {
  expect(() => anthropicAnswer(body, served)).toThrow('without a message');
});

test('counts that are none count nothing', () => {
  const { end } = anthropicAnswer({ content: [], usage: { input_tokens: -1, output_tokens: 1e300 } }, served);
  expect(end.usage).toMatchObject({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });
});
