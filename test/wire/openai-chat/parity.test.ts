import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Answer, Block } from '../../../src/converse/events.ts';
import { replay } from '../../../src/converse/replay.ts';
import type { ReasoningDisplay } from '../../../src/wire/format.ts';
import { openaiChat } from '../../../src/wire/openai-chat/format.ts';
import { answerContext, answerOf } from './chat.ts';
import { chunksOf, expectPublished } from './published.ts';

const words = fc.string({ unit: 'grapheme', maxLength: 12 });
const citations: JsonObject[] = [{ location: { web: { url: 'https://example.com' } }, title: 't' }, { title: 'page' }];
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: words }),
  fc.record({ kind: fc.constant('text' as const), text: words, citations: fc.constant(citations) }),
  fc.record({ kind: fc.constant('reasoning' as const), text: words }),
  fc.record({ kind: fc.constant('reasoning' as const), text: words, signature: words }),
  fc.record({ kind: fc.constant('redacted' as const), data: fc.base64String({ minLength: 4 }) }),
  fc.record({
    kind: fc.constant('tool' as const),
    id: fc.stringMatching(/^[a-z]{4}$/),
    name: fc.constantFrom('f', 'Patch'),
    input: fc.oneof(
      fc.constantFrom('', '{}', '{"input":"cut'),
      words.map((input) => JSON.stringify({ input })),
    ),
  }),
  fc.constant<Block>({ kind: 'other', value: { image: { format: 'png' } } }),
);
const answer: fc.Arbitrary<Answer> = fc
  .tuple(fc.array(block, { maxLength: 7 }), fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'refusal' as const))
  .map(([blocks, stopReason]) => answerOf(blocks, { stopReason }));

const bodies = [
  { tools: [{ type: 'custom', name: 'Patch' }] },
  { functions: [{ name: 'f' }] },
  { response_format: { type: 'json_object' }, stream_options: { include_usage: true } },
];

/** What a client folds a stream into: strings are joined, lists grow, calls gather by index. */
function fold(chunks: Record<string, unknown>[]): {
  message: Record<string, unknown>;
  reason: unknown;
  usage: unknown;
} {
  const message: Record<string, unknown> = {};
  let reason: unknown = null;
  for (const chunk of chunks as { choices: { delta: Record<string, unknown>; finish_reason: unknown }[] }[]) {
    for (const { delta, finish_reason } of chunk.choices) {
      reason ??= finish_reason;
      for (const [name, value] of Object.entries(delta)) message[name] = joined(message[name], value);
    }
  }
  return { message, reason, usage: chunks.at(-1)?.['usage'] };
}

function joined(before: unknown, piece: unknown): unknown {
  if (before === undefined) return piece;
  if (typeof before === 'string') return before + piece;
  if (Array.isArray(before) && Array.isArray(piece)) return piece.reduce(withItem, before);
  if (typeof before === 'object' && typeof piece === 'object') {
    const merged: Record<string, unknown> = { ...before };
    for (const [name, value] of Object.entries(piece ?? {})) {
      merged[name] = name === 'index' ? value : joined(merged[name], value);
    }
    return merged;
  }
  return piece;
}

function withItem(list: unknown[], item: Record<string, unknown>): unknown[] {
  const at = 'function' in item ? list.findIndex((each) => (each as typeof item)['index'] === item['index']) : -1;
  return at === -1 ? [...list, item] : list.with(at, joined(list[at], item));
}

const withoutIndex = (calls: unknown): unknown =>
  Array.isArray(calls) ? calls.map(({ index: _, ...call }: Record<string, unknown>) => call) : calls;

test('any answer, streamed in any batches and folded, is the whole answer', () => {
  const display = fc.constantFrom<ReasoningDisplay>('off', 'reasoning_content', 'think', 'details');
  fc.assert(
    fc.property(
      answer,
      fc.constantFrom(...bodies),
      display,
      fc.nat({ max: 8 }),
      (whole, body, reasoningDisplay, size) => {
        const context = answerContext(body, { reasoningDisplay });
        const encoder = openaiChat.toStream(context);
        const events = replay(whole);
        let text = '';
        for (let at = 0; at < events.length; at += size + 1) text += encoder.push(events.slice(at, at + size + 1), 0);
        const chunks = chunksOf(text);
        for (const chunk of chunks) expectPublished('CreateChatCompletionStreamResponse', chunk);

        const response = openaiChat.toResponse([whole], context);
        expectPublished('CreateChatCompletionResponse', response);
        const [choice] = response['choices'] as { message: Record<string, unknown>; finish_reason: string }[];
        const { refusal: _, ...message } = choice?.message ?? {};
        const folded = fold(chunks);
        expect(folded.reason).toBe(choice?.finish_reason);
        expect({ ...folded.message, tool_calls: withoutIndex(folded.message['tool_calls']) }).toEqual({
          tool_calls: undefined,
          ...message,
          content: message['content'] ?? '',
        });
        if (body.stream_options) expect(folded.usage).toEqual(response['usage']);
      },
    ),
    { numRuns: 400 },
  );
});
