import { expect, test } from 'vitest';
import type { Call } from '../../src/converse/call.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Answer, Block } from '../../src/converse/events.ts';
import type { ReasoningCapabilities } from '../../src/converse/model.ts';
import type { ContentBlock, Message } from '../../src/converse/request.ts';
import { createReasoningStore } from '../../src/policy/reasoning-store.ts';
import { withReasoning } from '../../src/proxy/with-reasoning.ts';
import { aCall, anAnswer, capabilities, fakeClock, modelInfo, scripted, singly } from './call-fixture.ts';

const user = (text: string): Message => ({ role: 'user', content: [{ text }] });
const result = (...ids: string[]): Message => ({
  role: 'user',
  content: ids.map((toolUseId) => ({ toolResult: { toolUseId, content: [{ text: 'done' }] } })),
});
const thought = (text: string, signature = `signed ${text}`): Block => ({ kind: 'reasoning', text, signature });
const use = (id: string, input = '{"a":1}'): Block => ({ kind: 'tool', id, name: 'read', input });
const answerOf = (...blocks: Block[]): Answer => anAnswer('', { blocks, end: { stopReason: 'tool_use' } });

/** What a client that drops thinking sends back of an answer. */
function dropped(answer: Answer): Message {
  const content = answer.blocks.flatMap((block): ContentBlock[] => {
    if (block.kind === 'tool')
      return [{ toolUse: { toolUseId: block.id, name: block.name, input: JSON.parse(block.input || '{}') } }];
    return block.kind === 'text' ? [{ text: block.text }] : [];
  });
  return { role: 'assistant', content };
}

const kinds = (message: Message | undefined) =>
  message?.content.map((block) => {
    if ('reasoningContent' in block) {
      const { reasoningContent } = block;
      return 'reasoningText' in reasoningContent ? reasoningContent.reasoningText.text : 'redacted';
    }
    return 'toolUse' in block ? block.toolUse.toolUseId : Object.keys(block)[0];
  });

function aThinker(reasoning: Partial<ReasoningCapabilities> = {}): Call['target'] {
  const base = capabilities.reasoning || undefined;
  if (!base) throw new Error('the fixture thinks');
  const info = { ...modelInfo, capabilities: { ...capabilities, reasoning: { ...base, ...reasoning } } };
  return { ...aCall().target, info };
}

function setup(answers: Answer[], reasoning: Partial<ReasoningCapabilities> = {}) {
  const store = createReasoningStore({ clock: fakeClock() });
  const upstream = scripted((_, nth) => singly(answers[nth - 1] ?? anAnswer()));
  const layer = withReasoning(store)(upstream);
  const ask = (messages: Message[], different: Partial<Call> = {}) =>
    collect(
      layer(
        aCall({
          target: aThinker(reasoning),
          request: { messages },
          options: { thinking: { type: 'adaptive' } },
          ...different,
        }),
      ),
    );
  const sent = (nth: number) => upstream.calls[nth - 1];
  return { store, upstream, ask, sent };
}

test('case 55: thinking that the client dropped goes back before its tool call, signature included', async () => {
  const answer = answerOf(thought('plan'), use('t1'));
  const { ask, sent } = setup([answer]);
  await ask([user('go')]);
  await ask([user('go'), dropped(answer), result('t1')]);
  expect(sent(2)?.request.messages[1]?.content).toEqual([
    { reasoningContent: { reasoningText: { text: 'plan', signature: 'signed plan' } } },
    { toolUse: { toolUseId: 't1', name: 'read', input: { a: 1 } } },
  ]);
  expect(sent(2)?.changes.map(({ what }) => what)).toEqual(['thinking given back']);
  expect(sent(2)?.options.thinking).toEqual({ type: 'adaptive' });
});

test('case 56: interleaved thoughts and tool calls keep the order in which they were signed', async () => {
  const answer = answerOf(
    thought('one'),
    { kind: 'text', text: 'First' },
    use('t1'),
    thought('two'),
    { kind: 'redacted', data: 'eA==' },
    use('t2'),
  );
  const { ask, sent } = setup([answer]);
  await ask([user('go')]);
  await ask([user('go'), dropped(answer), result('t1', 't2')]);
  expect(kinds(sent(2)?.request.messages[1])).toEqual(['one', 'text', 't1', 'two', 'redacted', 't2']);
  await ask([
    user('go'),
    { role: 'assistant', content: dropped(answer).content.filter((block) => !('text' in block)) },
    result('t1', 't2'),
  ]);
  expect(kinds(sent(3)?.request.messages[1])).toEqual(['one', 't1', 'two', 'redacted', 't2']);
});

test('case 57: empty thinking with a signature comes back as it was', async () => {
  const answer = answerOf(thought('', 'only a signature'), use('t1', ''));
  const { ask, sent } = setup([answer]);
  await ask([user('go')]);
  await ask([user('go'), dropped(answer), result('t1')]);
  expect(sent(2)?.request.messages[1]?.content[0]).toEqual({
    reasoningContent: { reasoningText: { text: '', signature: 'only a signature' } },
  });
});

test('a turn in which the model did not think is known as such: thinking stays on', async () => {
  const answer = answerOf(use('t1'));
  const { ask, sent } = setup([answer]);
  await ask([user('go')]);
  await ask([user('go'), dropped(answer), result('t1')]);
  expect(sent(2)?.changes).toEqual([]);
  expect(sent(2)?.options.thinking).toEqual({ type: 'adaptive' });
});

test('a miss inside a tool loop turns thinking off for that request, and says so', async () => {
  const { ask, sent } = setup([]);
  await ask([user('go'), dropped(answerOf(use('unknown'))), result('unknown')], { options: { effort: 'high' } });
  expect(sent(1)?.options).toEqual({ thinking: { type: 'disabled' } });
  expect(sent(1)?.changes.map(({ what }) => what)).toEqual(['thinking off for this turn']);
});

test('a miss changes nothing where the model cannot stop thinking, where it wants no signature, and behind a new question', async () => {
  const messages = [user('go'), dropped(answerOf(use('unknown'))), result('unknown')];
  for (const reasoning of [{ modes: ['adaptive'] }, { replay: 'plain' }] as const) {
    const { ask, sent } = setup([], reasoning);
    await ask(messages);
    expect(sent(1)?.request.messages).toBe(messages);
    expect(sent(1)?.changes).toEqual([]);
  }
  const { ask, sent } = setup([]);
  await ask([...messages, dropped(anAnswer('ok')), user('next')]);
  expect(sent(1)?.options.thinking).toEqual({ type: 'adaptive' });
});

test('what the client sends back itself is left alone', async () => {
  const own: Message = {
    role: 'assistant',
    content: [
      { reasoningContent: { reasoningText: { text: 'own', signature: 's' } } },
      ...dropped(answerOf(use('t1'))).content,
    ],
  };
  const { ask, sent } = setup([answerOf(thought('plan'), use('t1'))]);
  await ask([user('go')]);
  await ask([user('go'), own, result('t1')]);
  expect(sent(2)?.request.messages[1]).toBe(own);
});

test('case 58: no thought crosses to another principal or another model', async () => {
  const answer = answerOf(thought('plan'), use('t1'));
  const messages = [user('go'), dropped(answer), result('t1')];
  const other = aThinker();
  for (const different of [
    { principal: { id: 'key_b', name: 'other', scope: 'inference' as const } },
    { target: { ...other, info: { ...other.info, id: 'anthropic.claude-opus-5' } } },
  ]) {
    const { ask, sent } = setup([answer]);
    await ask([user('go')]);
    await ask(messages, different);
    expect(JSON.stringify(sent(2)?.request)).not.toContain('plan');
  }
});

test('case 108: two conversations whose tool calls look the same are told apart by what came before', async () => {
  const [one, two] = [answerOf(thought('for one'), use('t1')), answerOf(thought('for two'), use('t1'))];
  const { ask, sent } = setup([one, two]);
  await ask([user('one')]);
  await ask([user('two')]);
  await ask([user('one'), dropped(one), result('t1')]);
  await ask([user('two'), dropped(two), result('t1')]);
  expect([kinds(sent(3)?.request.messages[1]), kinds(sent(4)?.request.messages[1])]).toEqual([
    ['for one', 't1'],
    ['for two', 't1'],
  ]);
});

test('a client that edits the older part of a conversation still gets its thinking back', async () => {
  const answer = answerOf(thought('plan'), use('tooluse_unique'));
  const { ask, sent } = setup([answer]);
  await ask([user('go, with the file attached')]);
  await ask([user('go'), dropped(answer), result('tooluse_unique')]);
  expect(kinds(sent(2)?.request.messages[1])).toEqual(['plan', 'tooluse_unique']);
});

test('models that want all thinking get that of plain turns too; others do not', async () => {
  const answer = anAnswer('', { blocks: [thought('plan'), { kind: 'text', text: 'Hello. ' }] });
  const history = [user('hi'), { role: 'assistant' as const, content: [{ text: 'Hello.' }] }, user('more')];
  for (const [returnAll, expected] of [
    [true, ['plan', 'text']],
    [false, ['text']],
  ] as const) {
    const { ask, sent } = setup([answer], { returnAll });
    await ask([user('hi')]);
    await ask(history);
    expect(kinds(sent(2)?.request.messages[1])).toEqual(expected);
  }
});

test('calls without thinking pass untouched and leave nothing behind', async () => {
  const { ask, upstream, store } = setup([answerOf(thought('plan'), use('t1'))]);
  await ask([user('go')], { options: { thinking: { type: 'disabled' } } });
  await ask([user('go')], { options: {} });
  expect(store.stats().turns).toBe(0);
  expect(upstream.calls).toHaveLength(2);
});

test('fifty turns of tools by a client that drops everything: each request carries all thinking, in order', async () => {
  const answers = Array.from({ length: 50 }, (_, nth) => answerOf(thought(`thought ${nth}`), use(`t${nth}`)));
  const { ask, sent } = setup(answers);
  const messages = [user('go')];
  for (const answer of answers) {
    await ask([...messages]);
    const id = answer.blocks.flatMap((block) => (block.kind === 'tool' ? [block.id] : []))[0] ?? '';
    messages.push(dropped(answer), result(id));
  }
  await ask(messages);
  const turns = sent(51)?.request.messages.filter(({ role }) => role === 'assistant');
  expect(turns?.map(kinds)).toEqual(answers.map((_, nth) => [`thought ${nth}`, `t${nth}`]));
});

test('over a simulated day the store stays within its bytes and its hours', async () => {
  const clock = fakeClock();
  const maxBytes = 500_000;
  const store = createReasoningStore({ clock, maxBytes });
  const owner = { principalId: 'key_a', modelId: 'm' };
  for (let minute = 0; minute < 24 * 60; minute++) {
    store.put(owner, 'p', [thought('x'.repeat(500)), use(`t${minute}`)]);
    expect(store.stats().bytes).toBeLessThanOrEqual(maxBytes);
    await clock.advance(60_000);
  }
  await clock.advance(4 * 3_600_000 + 1);
  expect(store.stats()).toEqual({ turns: 0, bytes: 0 });
});
