import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answer, Block, StopReason } from '../../src/converse/events.ts';
import { anthropicMessages } from '../../src/wire/anthropic-messages/format.ts';
import { openaiChat } from '../../src/wire/openai-chat/format.ts';
import { openaiResponses } from '../../src/wire/openai-responses/format.ts';
import { codexBody } from './openai-responses/codex.ts';
import { eventsIn, expectPublished } from './openai-responses/published.ts';
import { answerContext, answerOf, encode, eventsOf, plainContext } from './sample-answers.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const input = fc.oneof(
  fc.constant(''),
  fc.json({ maxDepth: 1 }).map((json) => `{"input":${json}}`),
  text.map((raw) => JSON.stringify({ input: raw })),
  fc.constant('{"input":"half'),
);
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record({ kind: fc.constant('reasoning' as const), text, signature: fc.constantFrom('c2ln', 'c2lnbmVk') }),
  fc.record({ kind: fc.constant('redacted' as const), data: fc.constant('AQID') }),
  fc.record({ kind: fc.constant('other' as const), value: fc.constant({ image: {} }) }),
  fc.record({
    kind: fc.constant('tool' as const),
    id: fc.constant('tooluse_1'),
    name: fc.constantFrom('shell', 'apply_patch', 'mcp__files__read'),
    input,
  }),
);
const reasons: StopReason[] = [
  'end_turn',
  'tool_use',
  'max_tokens',
  'stop_sequence',
  'refusal',
  'model_context_window_exceeded',
];
const answers: fc.Arbitrary<Answer> = fc
  .tuple(fc.array(block, { maxLength: 5 }), fc.constantFrom(...reasons))
  .map(([blocks, reason]) => answerOf(blocks, reason));

test('any Responses stream ends with the whole answer, and its items are the ones that were called done', () => {
  const context = answerContext(openaiResponses.parse(codexBody, plainContext));
  fc.assert(
    fc.property(answers, fc.integer({ min: 1, max: 5 }), (answer, size) => {
      const events = eventsIn(encode(openaiResponses.toStream(context), eventsOf(answer, size)));
      const whole = openaiResponses.toResponse([answer], context);
      expectPublished('Response', whole);
      expect(events.at(-1)?.['response']).toEqual(whole);
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
      const done = events.filter(({ type }) => type === 'response.output_item.done').map((event) => event['item']);
      const output = whole['output'] as { type: string; status?: string }[];
      expect(done).toEqual(output.filter(({ type, status }) => type === 'message' || status !== 'incomplete'));
    }),
  );
});

type Shown = { type: string; text?: string; thinking?: string; signature?: string; input?: unknown };

/** The content that a Messages stream adds up to, as a client would fold it. */
function folded(sse: string): Shown[] {
  const content: (Shown & { json?: string })[] = [];
  // Split at LF alone: to a regular expression U+2028 ends a line too, and JSON may hold it as it is.
  for (const line of sse.split('\n')) {
    if (!line.startsWith('data: ')) continue;
    const event = JSON.parse(line.slice(6));
    const open = content[event.index];
    if (event.type === 'content_block_start') content[event.index] = event.content_block;
    if (event.type !== 'content_block_delta' || !open) continue;
    const { delta } = event;
    if (delta.type === 'text_delta') open.text += delta.text;
    if (delta.type === 'thinking_delta') open.thinking += delta.thinking;
    if (delta.type === 'signature_delta') open.signature = delta.signature;
    if (delta.type === 'input_json_delta') open.json = (open.json ?? '') + delta.partial_json;
  }
  return content.map(({ json, ...shown }) => (json === undefined ? shown : { ...shown, input: JSON.parse(json) }));
}

test.each([
  ['text', { type: 'text', media_type: 'text/plain', data: 'abc' }],
  ['text of a picture’s beginning', { type: 'text', media_type: 'text/plain', data: 'GIF89a is a format' }],
  ['base64', { type: 'base64', media_type: 'application/pdf', data: Buffer.from('%PDF-1.4 %%EOF').toString('base64') }],
])('a document given as %s is one Converse request, whether Chat or Messages brings it', (_, source) => {
  const part = { type: 'document', title: 'notes.md', source };
  const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: [part] }] };
  const byChat = openaiChat.toConverse(openaiChat.parse(body, plainContext), plainContext);
  const byMessages = anthropicMessages.toConverse(anthropicMessages.parse(body, plainContext), plainContext);
  expect(byChat.request.messages).toEqual(byMessages.request.messages);
});

test('any Messages stream adds up to the whole answer', () => {
  const ask = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] };
  const context = answerContext(anthropicMessages.parse(ask, plainContext));
  const isCut = (part: Block) => part.kind === 'tool' && part.input === '{"input":"half';
  fc.assert(
    fc.property(answers, fc.integer({ min: 1, max: 5 }), (answer, size) => {
      fc.pre(!answer.blocks.some(isCut));
      const sse = encode(anthropicMessages.toStream(context), eventsOf(answer, size));
      // As a client reads it: an integer beyond 2^53 is no JavaScript number before it is written (`exactJson`).
      const whole = JSON.parse(JSON.stringify(anthropicMessages.toResponse([answer], context)));
      expect(folded(sse)).toEqual(whole.content);
    }),
  );
});
