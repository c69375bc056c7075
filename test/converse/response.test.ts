import { expect, test } from 'vitest';
import type { Served } from '../../src/converse/events.ts';
import { converseResponse } from '../../src/converse/response.ts';

const served: Served = { model: 'm', region: 'r', changes: [] };

test('case 74: a whole Converse response is the same answer as its stream would be, cited text included', () => {
  const answer = converseResponse(
    {
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
            { reasoningContent: { redactedContent: 'AAAA' } },
            { text: '' },
            { text: 'Hello' },
            { citationsContent: { content: [{ text: 'a' }, { text: 'b' }], citations: [{ title: 'T' }] } },
            { toolUse: { toolUseId: 't', name: 'f', input: { a: [1] } } },
            { toolUse: { toolUseId: 'n', name: 'g', input: {}, type: 'server_tool_use' } },
            { image: { format: 'png', source: { bytes: 'AAAA' } } },
          ],
        },
      },
      stopReason: 'stop_sequence',
      additionalModelResponseFields: { stop_sequence: 'X' },
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3, cacheReadInputTokens: 4 },
      metrics: { latencyMs: 5 },
    },
    served,
  );
  expect(answer).toEqual({
    served,
    blocks: [
      { kind: 'reasoning', text: 'hm', signature: 's' },
      { kind: 'redacted', data: 'AAAA' },
      { kind: 'text', text: 'Hello' },
      { kind: 'text', text: 'ab', citations: [{ title: 'T' }] },
      { kind: 'tool', id: 't', name: 'f', input: '{"a":[1]}' },
      { kind: 'other', value: { toolUse: { toolUseId: 'n', name: 'g', input: {}, type: 'server_tool_use' } } },
      { kind: 'other', value: { image: { format: 'png', source: { bytes: 'AAAA' } } } },
    ],
    end: {
      stopReason: 'stop_sequence',
      stopSequence: 'X',
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3, cacheReadInputTokens: 4, cacheWriteInputTokens: 0 },
      latencyMs: 5,
    },
  });
});

test('two calls of one id are told apart, and the change is told with the answer', () => {
  const call = { toolUse: { toolUseId: 'c', name: 'f', input: {} } };
  const message = { role: 'assistant', content: [call, call] };
  const answer = converseResponse({ output: { message }, stopReason: 'tool_use' }, served);
  const ids = answer.blocks.map((block) => (block.kind === 'tool' ? block.id : ''));
  expect(ids).toEqual(['c', expect.stringMatching(/^call_[\w-]{22}$/)]);
  expect(answer.served.changes.map(({ what }) => what)).toEqual(['answer call id replaced']);
});

test('an answer without a message is no answer', () => {
  for (const body of [null, {}, { output: {} }, { Output: { __type: 'x' } }, []]) {
    expect(() => converseResponse(body, served)).toThrow(expect.objectContaining({ code: 'upstream_rejected' }));
  }
});

test('a call of no tool is no answer, and counts that are none count nothing', () => {
  const answer = (content: unknown[], usage: object = {}) =>
    converseResponse({ output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', usage }, served);
  expect(() => answer([{ toolUse: { toolUseId: 'c', input: {} } }])).toThrow('a call of no tool');
  const { usage } = answer([{ text: 'Hi' }], { inputTokens: -1, outputTokens: 1e300, totalTokens: 1.5 }).end;
  expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });
});

test('a signature without a character is none, as in a stream', () => {
  const content = [{ reasoningContent: { reasoningText: { text: 'hm', signature: '' } } }];
  const { blocks } = converseResponse({ output: { message: { content } }, stopReason: 'end_turn' }, served);
  expect(blocks).toEqual([{ kind: 'reasoning', text: 'hm' }]);
});
