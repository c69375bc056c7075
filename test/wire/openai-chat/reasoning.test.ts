import { expect, test } from 'vitest';
import type { Block } from '../../../src/converse/events.ts';
import type { ContentBlock } from '../../../src/converse/request.ts';
import type { ReasoningDisplay } from '../../../src/wire/format.ts';
import { answerContext, answerOf, folded, hello, messageOf, translate } from './chat.ts';

const thought = (text: string, signature: string): Block => ({ kind: 'reasoning', text, signature });
const text = (words: string): Block => ({ kind: 'text', text: words });
const tool = (id: string): Block => ({ kind: 'tool', id, name: 'f', input: '{}' });

/** What an assistant message becomes on its way back. */
function returned(message: Record<string, unknown>, display: ReasoningDisplay = 'reasoning_content'): ContentBlock[] {
  const messages = [...hello, { role: 'assistant', ...message }];
  return translate({ messages }, { reasoningDisplay: display }).request.messages[1]?.content ?? [];
}

/** The message that a client keeps of a stream: it joins text, calls and lists. */
function kept(blocks: Block[]): Record<string, unknown> {
  const { text: content, calls, deltas } = folded(answerOf(blocks, { stopReason: 'tool_use' }));
  const listed = (name: string) => deltas.flatMap((delta) => (Array.isArray(delta[name]) ? delta[name] : []));
  return {
    content,
    tool_calls: calls.map(({ id, ...call }) => ({ id, type: 'function', function: call })),
    reasoning_details: listed('reasoning_details'),
    thinking_blocks: listed('thinking_blocks'),
  };
}

const converse = (block: Block): ContentBlock => {
  switch (block.kind) {
    case 'reasoning':
      return { reasoningContent: { reasoningText: { text: block.text, signature: block.signature ?? '' } } };
    case 'redacted':
      return { reasoningContent: { redactedContent: block.data } };
    case 'tool':
      return { toolUse: { toolUseId: block.id, name: block.name, input: JSON.parse(block.input) } };
    default:
      return { text: block.kind === 'text' ? block.text : '' };
  }
};

const conversations: [string, Block[]][] = [
  ['case 55: signed thinking before a call', [thought('hm', 's1'), text('look'), tool('a')]],
  ['case 56: thinking between calls keeps its place', [thought('1', 's1'), tool('a'), thought('2', 's2'), tool('b')]],
  [
    'case 56: two thoughts in a row, text, a call, a thought',
    [thought('1', 's1'), thought('2', 's2'), text('t'), tool('a'), thought('3', 's3')],
  ],
  ['case 57: a signature without text', [thought('', 's1'), tool('a')]],
  ['case 59: redacted thinking', [{ kind: 'redacted', data: 'cmVk' }, thought('x', 's1'), text('t'), tool('a')]],
];

for (const [name, blocks] of conversations) {
  test(`${name} comes back as it went, from the stream and from the whole answer`, () => {
    expect(returned(kept(blocks))).toEqual(blocks.map(converse));
    expect(returned(messageOf(answerOf(blocks)))).toEqual(blocks.map(converse));
  });
}

test('each carrier that clients use brings signed thinking back, once', () => {
  const signed = { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } };
  const redacted = { reasoningContent: { redactedContent: 'cmVk' } };
  const calls = (extra: unknown) => [{ id: 'a', function: { name: 'f', arguments: '{}' }, extra_content: extra }];
  const use = { toolUse: { toolUseId: 'a', name: 'f', input: {} } };
  const block = { type: 'thinking', thinking: 'hm', signature: 's' };
  expect(returned({ content: 'x', thinking_blocks: [block, { type: 'redacted_thinking', data: 'cmVk' }] })).toEqual([
    signed,
    redacted,
    { text: 'x' },
  ]);
  expect(
    returned({ content: 'x', reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 's' }] }),
  ).toEqual([signed, { text: 'x' }]);
  expect(returned({ content: 'x', cot_id: 's', cot_summary: 'hm' })).toEqual([signed, { text: 'x' }]);
  expect(returned({ content: 'x', reasoning_opaque: 's', reasoning_text: 'hm' })).toEqual([signed, { text: 'x' }]);
  expect(returned({ tool_calls: calls({ bedrock: signed }) })).toEqual([signed, use]);
  expect(returned({ tool_calls: calls({ bedrock: [block] }), thinking_blocks: [block] })).toEqual([signed, use]);
  expect(returned({ tool_calls: calls({ google: { thought_signature: 'foreign' } }) })).toEqual([use]);
});

test('unsigned thinking is for reading: it is not sent back as reasoning', () => {
  expect(returned({ content: 'x', reasoning_content: 'hm', reasoning: 'hm' })).toEqual([{ text: 'x' }]);
  expect(returned({ content: 'x', thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: null }] })).toEqual([
    { text: 'x' },
  ]);
  expect(returned({ content: 'x', reasoning_details: 'odd', thinking_blocks: [null, 5] })).toEqual([{ text: 'x' }]);
});

test('case 112: thinking is shown in the content where the person wants it, and stripped on the way back', () => {
  const blocks = [thought('1 <b>', 's1'), text('Answer.'), tool('a'), thought('2', 's2'), text('More.')];
  const shown = {
    think: '<think>\n1 <b>\n</think>\n\nAnswer.<think>\n2\n</think>\n\nMore.',
    details:
      '<details>\n<summary>Thinking</summary>\n\n1 <b>\n\n</details>\n\nAnswer.<details>\n<summary>Thinking</summary>\n\n2\n\n</details>\n\nMore.',
  };
  for (const display of ['think', 'details'] as const) {
    const context = answerContext({}, { reasoningDisplay: display });
    const streamed = folded(answerOf(blocks), context);
    expect(streamed.text).toBe(shown[display]);
    expect(streamed.deltas.some((delta) => 'reasoning_content' in delta)).toBe(false);
    expect(messageOf(answerOf(blocks), context)['content']).toBe(shown[display]);
    expect(returned({ content: shown[display] }, display)).toEqual([{ text: 'Answer.More.' }]);
    // The setting was another one then: what the answer opens with is ours all the same, the rest may be the model's words.
    expect(returned({ content: shown[display] })).toEqual([
      { text: shown[display].slice(shown[display].indexOf('Answer.')) },
    ]);
  }
});

test('case 112: Open WebUI’s own thinking blocks are taken out of the history, wherever they stand, and told', () => {
  const block = (words: string) =>
    `<details type="reasoning" done="true" duration="5">\n<summary>Thought for 5 seconds</summary>\n> ${words}\n</details>\n`;
  const content = `${block('hm &lt;/details&gt;')}Answer.\n${block('more')}End.`;
  const { request, changes } = translate({
    messages: [
      { role: 'assistant', content },
      { role: 'user', content },
    ],
  });
  expect(request.messages).toEqual([
    { role: 'assistant', content: [{ text: 'Answer.\nEnd.' }] },
    { role: 'user', content: [{ text: content }] },
  ]);
  expect(changes).toContainEqual(expect.objectContaining({ what: 'displayed thinking dropped' }));
});

test.each([
  'In HTML, <details type="reasoning"> is no block of ours.',
  '<details>\n<summary>Steps</summary>\n\n1. Boil.\n\n</details>\n\nDone.',
  'Models write <think>…</think>.',
  '<details type="tool_calls" done="true">\n<summary>Ran</summary>\n</details>',
])('case 112: %j is the model’s own text', (content) => {
  const { request, changes } = translate({ messages: [{ role: 'assistant', content }] });
  expect(request.messages).toEqual([{ role: 'assistant', content: [{ text: content }] }]);
  expect(changes).toEqual([]);
});

test('case 112: an answer of thinking alone leaves no blank text behind, nor does one that was broken off', () => {
  expect(returned({ content: '<think>\nhm\n</think>' }, 'think')).toEqual([]);
  expect(returned({ content: '<think>\nhm and then' }, 'think')).toEqual([]);
  expect(returned({ content: 'Write `<think>` first.' }, 'think')).toEqual([{ text: 'Write `<think>` first.' }]);
});

test('thinking never spoils an answer that must be JSON', () => {
  const context = answerContext({ response_format: { type: 'json_object' } }, { reasoningDisplay: 'think' });
  const message = messageOf(answerOf([thought('hm', 's'), text('{}')]), context);
  expect(message).toMatchObject({ content: '{}', reasoning_content: 'hm' });
});

test('display off shows nothing, and still lets signed thinking come back', () => {
  const context = answerContext({}, { reasoningDisplay: 'off' });
  const { deltas, text: shown } = folded(answerOf([thought('hm', 's'), text('x')]), context);
  expect(shown).toBe('x');
  expect(deltas.some((delta) => 'reasoning_content' in delta)).toBe(false);
  expect(deltas.some((delta) => 'thinking_blocks' in delta)).toBe(true);
  expect(messageOf(answerOf([thought('hm', 's')]), context)).not.toHaveProperty('reasoning_content');
});

test('Copilot reads and keeps thinking in fields of its own', () => {
  const context = answerContext(
    {},
    { header: (name) => (name === 'user-agent' ? 'GitHubCopilotChat/0.30' : undefined) },
  );
  const blocks = [thought('hm', 's'), text('x'), tool('a'), thought('so', 't'), tool('b')];
  const answer = answerOf(blocks);
  const whole = messageOf(answer, context);
  expect(whole).toMatchObject({ reasoning_text: 'hmso', reasoning_opaque: expect.any(String) });
  expect(messageOf(answer)).not.toHaveProperty('reasoning_opaque');
  const { deltas } = folded(answer, context);
  expect(deltas).toContainEqual({ reasoning_text: 'hm' });
  const last = deltas.findLast((delta) => 'reasoning_opaque' in delta);
  expect(last?.['reasoning_opaque']).toBe(whole['reasoning_opaque']);
  const { content, tool_calls, reasoning_text, reasoning_opaque } = whole;
  for (const kept of [
    { reasoning_text, reasoning_opaque },
    { cot_summary: reasoning_text, cot_id: reasoning_opaque },
  ])
    expect(returned({ content, tool_calls, ...kept })).toEqual(blocks.map(converse));
});

test('the AI SDK keeps thinking with the tool call that it led to', () => {
  const context = answerContext({}, { header: (name) => (name === 'user-agent' ? 'ai/7.0.173 ai-sdk/provider' : '') });
  const blocks = [thought('hm', 's'), text('x'), tool('a'), thought('so', 't'), tool('b')];
  const { content, tool_calls } = messageOf(answerOf(blocks), context);
  expect(returned({ content, tool_calls })).toEqual(blocks.map(converse));
  const carried = folded(answerOf(blocks), context).deltas.flatMap(({ tool_calls: calls }) =>
    Array.isArray(calls) ? calls.flatMap(({ extra_content }) => extra_content ?? []) : [],
  );
  expect(carried).toEqual((tool_calls as { extra_content: unknown }[]).map(({ extra_content }) => extra_content));
  expect(JSON.stringify(messageOf(answerOf(blocks)))).not.toContain('extra_content');
});

test('whole thoughts without a signature have no carrier', () => {
  const answer = answerOf([{ kind: 'reasoning', text: 'hm' }, text('x')]);
  expect(messageOf(answer)).toMatchObject({ reasoning_content: 'hm' });
  expect(messageOf(answer)).not.toHaveProperty('thinking_blocks');
  expect(folded(answer).deltas).toContainEqual({ reasoning_content: 'hm' });
});
