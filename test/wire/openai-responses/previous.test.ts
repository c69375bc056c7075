import { expect, test } from 'vitest';
import { openaiResponses } from '../../../src/wire/openai-responses/format.ts';
import { responseOfItem } from '../../../src/wire/openai-responses/ids.ts';
import {
  expandPrevious,
  isStored,
  neededResponses,
  resolveReferences,
  toStored,
} from '../../../src/wire/openai-responses/previous.ts';
import { answerContext, answerOf, plainContext } from '../sample-answers.ts';

const parse = (body: object) => openaiResponses.parse({ model: 'm', ...body }, plainContext);
const first = parse({ input: 'Weather in Rome?', instructions: 'Be brief.', tools: [{ type: 'function', name: 'f' }] });
const answer = answerOf(
  [
    { kind: 'reasoning', text: 'Rome.', signature: 'c2ln' },
    { kind: 'tool', id: 'tooluse_1', name: 'f', input: '{}' },
  ],
  'tool_use',
);
const stored = toStored(answer, answerContext(first));
const converse = (request: ReturnType<typeof parse>) => openaiResponses.toConverse(request, plainContext).request;

test('case 105: a stored response goes on with its signed thinking, though the client did not ask for it', () => {
  expect(JSON.stringify(stored.response)).not.toContain('encrypted_content');
  const next = parse({
    previous_response_id: stored.id,
    input: [{ type: 'function_call_output', call_id: 'tooluse_1', output: '24' }],
  });
  expect(neededResponses(next)).toEqual([stored.id]);
  expect(converse(expandPrevious(next, stored))).toEqual({
    messages: [
      { role: 'user', content: [{ text: 'Weather in Rome?' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'Rome.', signature: 'c2ln' } } },
          { toolUse: { toolUseId: 'tooluse_1', name: 'f', input: {} } },
        ],
      },
      { role: 'user', content: [{ toolResult: { toolUseId: 'tooluse_1', content: [{ text: '24' }] } }] },
    ],
  });
});

test('a chain keeps everything that was said, and faults are named in the client’s own body', () => {
  const second = expandPrevious(parse({ previous_response_id: stored.id, input: 'Thanks' }), stored);
  const chained = toStored(answerOf([{ kind: 'text', text: 'Bye' }]), { ...answerContext(second), requestId: 'req2' });
  const third = expandPrevious(parse({ previous_response_id: chained.id, input: 'And?' }), chained);
  expect(converse(third).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  const wrong = expandPrevious(parse({ previous_response_id: chained.id, input: [{ id: 'msg_none_0' }] }), chained);
  expect(() => converse(wrong)).toThrow(expect.objectContaining({ facts: { param: 'input[0]' } }));
});

test('references to items are resolved by the responses that hold them', () => {
  const [thought, call] = stored.output;
  const request = parse({
    input: [{ role: 'user', content: 'x' }, { type: 'item_reference', id: thought?.id }, { id: call?.id }],
  });
  expect(neededResponses(request)).toEqual([stored.id]);
  expect(converse(resolveReferences(request, [stored])).messages[1]?.content).toHaveLength(2);
  expect(() => resolveReferences(request, [])).toThrow(/not found/);
  expect(responseOfItem('rs_someone_elses')).toBeUndefined();
});

test('store: false keeps nothing', () => {
  expect(isStored(parse({ input: 'x', store: false }))).toBe(false);
  expect(isStored(first)).toBe(true);
});
