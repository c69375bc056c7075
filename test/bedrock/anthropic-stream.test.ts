import { expect, test } from 'vitest';
import { anthropicEvents } from '../../src/bedrock/anthropic-events.ts';
import type { Event, Served } from '../../src/converse/events.ts';

const served: Served = { model: 'm', region: 'r', changes: [] };

/** Reads events as InvokeModelWithResponseStream frames them: base64 inside a `chunk`. */
function read(events: readonly object[]): Event[] {
  const reader = anthropicEvents(served);
  const out: Event[] = [];
  for (const event of events) {
    const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
    reader.push('chunk', JSON.stringify({ bytes, p: 'abc' }), out);
  }
  if (!reader.ended()) reader.finish(out);
  return out;
}

const begun = [
  { type: 'message_start', message: { id: 'msg_1', content: [], usage: { input_tokens: 3, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
];
const over = [
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];

test.each([
  ['overloaded_error', 'upstream_unavailable'],
  ['api_error', 'upstream_rejected'],
])('an %s in mid-stream is an error in the model’s own words, never a polite end', (type, code) => {
  const failed = { type: 'error', error: { type, message: 'Try later' } };
  expect(() => read([...begun, failed])).toThrow(
    expect.objectContaining({ code, publicMessage: 'Try later', facts: expect.objectContaining({ retry: 'once' }) }),
  );
  const wordless = { type: 'error', error: { type } };
  expect(() => read([...begun, wordless])).toThrow('The model broke off its answer.');
});

test('a stream that ends before its message does is cut off (case 92)', () => {
  expect(() => read(begun)).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
});

test('what Anthropic adds later passes by: events, deltas and frames of other names', () => {
  const reader = anthropicEvents(served);
  const out: Event[] = [];
  reader.push('ping', '{}', out);
  expect(out).toEqual([]);
  const newer = [
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'mood_delta', mood: 'glad' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'not of a thought' } },
  ];
  const grammar = (events: Event[]) => events.filter(({ type }) => type !== 'raw');
  expect(grammar(read([...begun, ...newer, ...over]))).toEqual(grammar(read([...begun, ...over])));
});

test('the tokens of the start and of the end are one usage, and an hour’s cache write is told apart', () => {
  const [, ...rest] = begun;
  const usage = { input_tokens: 3, cache_creation_input_tokens: 9, cache_creation: { ephemeral_1h_input_tokens: 9 } };
  const end = read([{ type: 'message_start', message: { content: [], usage } }, ...rest, ...over]).at(-1);
  expect(end).toMatchObject({
    end: {
      stopReason: 'end_turn',
      usage: {
        inputTokens: 3,
        outputTokens: 5,
        cacheWriteInputTokens: 9,
        totalTokens: 17,
        cacheDetails: [{ ttl: '1h', inputTokens: 9 }],
      },
    },
  });
});
