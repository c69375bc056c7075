import { expect, test } from 'vitest';
import { refusal, translate } from './chat.ts';

const call = (name: string, id?: string) => ({
  type: 'function',
  function: { name, arguments: '{}' },
  ...(id && { id }),
});
const calls = (...tool_calls: object[]) => ({ role: 'assistant', content: null, tool_calls });
const result = (content: string, id?: string) => ({ role: 'tool', content, ...(id && { tool_call_id: id }) });
const hi = { role: 'user', content: 'Hi' };

/** `call → result` of each pair, in the order of the calls. */
function pairs(messages: object[]): { pairs: string[]; changes: string[] } {
  const { request, changes } = translate({ messages });
  const blocks = request.messages.flatMap(({ content }) => content);
  const answered = new Map(
    blocks.flatMap((block) =>
      'toolResult' in block ? [[block.toolResult.toolUseId, JSON.stringify(block.toolResult.content)] as const] : [],
    ),
  );
  const list = blocks.flatMap((block) =>
    'toolUse' in block ? [`${block.toolUse.name}: ${answered.get(block.toolUse.toolUseId) ?? '-'}`] : [],
  );
  return { pairs: list, changes: changes.map(({ what }) => what) };
}

test.each([
  ['results without id', [hi, calls(call('f', 'a'), call('g', 'b')), result('1'), result('2')], ['1', '2']],
  ['calls and results without id', [hi, calls(call('f'), call('g')), result('1'), result('2')], ['1', '2']],
  ['calls without id', [hi, calls(call('f'), call('g')), result('1', 'x'), result('2', 'y')], ['1', '2']],
  ['one result without id', [hi, calls(call('f', 'a'), call('g', 'b')), result('2', 'b'), result('1')], ['1', '2']],
  ['rounds', [hi, calls(call('f')), result('1'), calls(call('g')), result('2')], ['1', '2']],
])('%s: they are paired by their order, and told', (_, messages, [first, second]) => {
  expect(pairs(messages)).toEqual({
    pairs: [`f: [{"text":"${first}"}]`, `g: [{"text":"${second}"}]`],
    changes: ['tool call ids added'],
  });
});

test('the ids that were added are the same on the next turn', () => {
  const messages = [hi, calls(call('f')), result('1')];
  const [first, next] = [messages, [...messages, calls(call('g')), result('2')]].map(
    (history) => translate({ messages: history }).request.messages,
  );
  expect(next?.slice(0, 3)).toEqual(first);
});

test('a history with all its ids is left alone', () => {
  expect(pairs([hi, calls(call('f', 'a')), result('1', 'a')])).toEqual({ pairs: ['f: [{"text":"1"}]'], changes: [] });
});

test.each([
  ['fewer results than calls', [hi, calls(call('f', 'a'), call('g', 'b')), result('1')], 'messages[2].tool_call_id'],
  ['more results than calls', [hi, calls(call('f', 'a')), result('1'), result('2')], 'messages[2].tool_call_id'],
  ['no call', [hi, result('1')], 'messages[1].tool_call_id'],
])('%s: a guess could put a result under another call, so it is refused with its place', (_, messages, param) => {
  expect(refusal({ messages })).toMatchObject({ code: 'invalid_request', facts: { param } });
});
