import { expect, test } from 'vitest';
import type { StoredResponse } from '../../../src/wire/openai-responses/previous.ts';
import { type ItemsPage, toItemList } from '../../../src/wire/openai-responses/stored-items.ts';

const stored: StoredResponse = {
  id: 'resp_abc',
  input: [
    { type: 'message', role: 'user', content: 'one' },
    { type: 'message', role: 'assistant', content: 'two' },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'three' }] },
    { type: 'function_call_output', id: 'fco_1', call_id: 'c', output: 'four' },
  ],
  output: [],
  response: {},
};
const idsOf = (page: ItemsPage): unknown[] => {
  const { data } = toItemList(stored, page);
  return Array.isArray(data) ? data.map((item) => (item as { id: string }).id) : [];
};
const inOrder = ['item_abc_in0', 'item_abc_in1', 'item_abc_in2', 'fco_1'];

test('items come newest first, or oldest first when asked so; their own ids stay', () => {
  expect(idsOf({ order: 'asc' })).toEqual(inOrder);
  expect(idsOf({})).toEqual(inOrder.toReversed());
});

test('a page holds `limit` items behind `after`, and says whether there are more', () => {
  expect(toItemList(stored, { limit: '3' })).toMatchObject({
    object: 'list',
    first_id: 'fco_1',
    last_id: 'item_abc_in1',
    has_more: true,
  });
  expect(toItemList(stored, { limit: '3', after: 'item_abc_in1' })).toMatchObject({
    first_id: 'item_abc_in0',
    last_id: 'item_abc_in0',
    has_more: false,
  });
  expect(toItemList(stored, { after: 'item_abc_in0' })).toMatchObject({ data: [], first_id: null, last_id: null });
});

test('the text of a message is a part, as the API shows it', () => {
  expect(toItemList(stored, { order: 'asc', limit: '3' })['data']).toMatchObject([
    { content: [{ type: 'input_text', text: 'one' }] },
    { content: [{ type: 'output_text', text: 'two', annotations: [] }] },
    { content: [{ type: 'input_text', text: 'three' }] },
  ]);
});

test('calls, their results and pictures have what the API never leaves out', () => {
  const input: StoredResponse['input'] = [
    { type: 'function_call_output', call_id: 'c', output: 'four' },
    { type: 'custom_tool_call', call_id: 'd', name: 'patch', input: 'x', status: 'incomplete' },
    { type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }] },
  ];
  expect(toItemList({ ...stored, input }, { order: 'asc' })['data']).toMatchObject([
    { status: 'completed' },
    { status: 'incomplete' },
    { content: [{ type: 'input_image', detail: 'auto' }] },
  ]);
});

test.each<[ItemsPage, string]>([
  [{ order: 'newest' }, 'order'],
  [{ limit: '0' }, 'limit'],
  [{ limit: '101' }, 'limit'],
  [{ limit: 'many' }, 'limit'],
  [{ after: 'nothing' }, 'after'],
])('the page %j is refused by name', (page, param) => {
  expect(() => toItemList(stored, page)).toThrow(
    expect.objectContaining({ code: 'invalid_request', facts: expect.objectContaining({ param }) }),
  );
});
