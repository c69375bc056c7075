import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { openaiResponses } from '../../../src/wire/openai-responses/format.ts';
import { responseOfItem } from '../../../src/wire/openai-responses/ids.ts';
import { expandPrevious, isStored, resume, toStored } from '../../../src/wire/openai-responses/previous.ts';
import { toDeleted, toInputItemList } from '../../../src/wire/openai-responses/stored-views.ts';
import { answerContext, answerOf, fetchStub, plainContext } from '../sample-answers.ts';

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
const kept = (id: string) => (id === stored.id ? stored : undefined);
const converse = (request: ReturnType<typeof parse>) => openaiResponses.toConverse(request, plainContext).request;

test('case 105: a stored response goes on with its signed thinking, though the client did not ask for it', () => {
  expect(JSON.stringify(stored.response)).not.toContain('encrypted_content');
  const next = parse({
    previous_response_id: stored.id,
    input: [{ type: 'function_call_output', call_id: 'tooluse_1', output: '24' }],
  });
  expect(converse(resume(next, kept))).toEqual({
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
  expect(converse(resume(request, kept)).messages[1]?.content).toHaveLength(2);
  expect(() => resume(request, () => undefined)).toThrow(/Item with id/);
  const gone = parse({ previous_response_id: 'resp_gone', input: 'x' });
  expect(() => resume(gone, kept)).toThrow(/Previous response with id 'resp_gone' not found/);
  expect(responseOfItem('rs_someone_elses')).toBeUndefined();
});

test('store: false keeps nothing', () => {
  expect(isStored(parse({ input: 'x', store: false }))).toBe(false);
  expect(isStored(first)).toBe(true);
});

test('the operations on a kept response answer as the official SDK reads them', async () => {
  const long = toStored(answer, {
    ...answerContext(parse({ input: ['a', 'b', 'c'].map((content) => ({ role: 'user', content })) })),
    requestId: 'req9',
  });
  const client = (body: object) =>
    new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: fetchStub(JSON.stringify(body), 'application/json') });
  const first = toInputItemList(long, new URLSearchParams('order=asc&limit=2'));
  const page = await client(first).responses.inputItems.list('resp_req9');
  expect(page.data).toEqual([
    {
      id: 'msg_req9_in0',
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_text', text: 'a' }],
    },
    {
      id: 'msg_req9_in1',
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_text', text: 'b' }],
    },
  ]);
  expect(first).toMatchObject({ has_more: true, last_id: 'msg_req9_in1' });
  const rest = toInputItemList(long, new URLSearchParams('order=asc&after=msg_req9_in1'));
  expect(rest).toMatchObject({ has_more: false, data: [{ id: 'msg_req9_in2' }] });
  expect(toInputItemList(long, new URLSearchParams())).toMatchObject({ first_id: 'msg_req9_in2' });
  expect(await client(long.response).responses.retrieve('resp_req9')).toMatchObject({ id: 'resp_req9' });
  expect(toDeleted(long.id)).toEqual({ id: 'resp_req9', object: 'response', deleted: true });
});
