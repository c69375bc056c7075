import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import { createUpstream } from '../../src/bedrock/upstream.ts';
import { collect, collector } from '../../src/converse/collect.ts';
import type { Answer, Event } from '../../src/converse/events.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import type { ConverseRequest, Message } from '../../src/converse/request.ts';
import { callFor, infoOf } from './calls.ts';
import { connectTo } from './sample-call.ts';
import { eventFrame, sendFrames, stubUpstream } from './stub-upstream.ts';

const q: Message = { role: 'user', content: [{ text: 'q' }] };
const spec = (name: string) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } });
const tools = { toolConfig: { tools: [spec('read'), spec('ls')] } };

const fitted = (family: string, request: Partial<ConverseRequest> = tools, options: ModelOptions = {}) =>
  accommodate(callFor(infoOf(family), { messages: [q], ...request }, options));

const served = { model: 'm', region: 'r', changes: [] };
type Block = { kind: 'text' | 'reasoning'; pieces: readonly string[] };

/** The events of an answer whose blocks came in these pieces, one batch each. */
function eventsOf(blocks: readonly Block[], stopReason: 'end_turn' | 'max_tokens' = 'end_turn'): Event[] {
  return [
    { type: 'start', served },
    ...blocks.flatMap(({ kind, pieces }, index): Event[] => [
      { type: 'open', index, block: { kind } },
      ...pieces.map((text): Event => ({ type: 'delta', index, kind, text })),
      { type: 'close', index },
    ]),
    { type: 'end', end: { stopReason } },
  ];
}

/** What the client gets, held to the grammar: dense indices, one open block at a time. */
function read(family: string, events: readonly Event[], request?: Partial<ConverseRequest>, options?: ModelOptions) {
  const restore = fitted(family, request, options).restore();
  const out = events.flatMap((event) => restore([event]));
  let open = -1;
  let next = 0;
  for (const event of out) {
    if (event.type === 'open') {
      expect([open, event.index]).toEqual([-1, next++]);
      open = event.index;
    } else if ('index' in event) {
      expect(event.index).toBe(open);
      if (event.type === 'close') open = -1;
    }
  }
  const fold = collector();
  fold.add(out);
  const answer = fold.answer();
  if (!answer || open !== -1) throw new Error('the answer did not end');
  return { out, answer };
}

/** Blocks without the random ids. */
const told = ({ blocks }: Answer) =>
  blocks.map((block) =>
    block.kind === 'tool' ? `${block.name}(${block.input})` : 'text' in block ? block.text : block,
  );

const wholeAndSplit = (text: string): string[][] => [
  [text],
  [...text],
  ...Array.from({ length: text.length - 1 }, (_, at) => [text.slice(0, at + 1), text.slice(at + 1)]),
];

describe('Kimi', () => {
  const call = (id: string, input: string) =>
    `<|tool_call_begin|>${id}<|tool_call_argument_begin|>${input}<|tool_call_end|>`;
  const section = (...calls: string[]) => `<|tool_calls_section_begin|>${calls.join('')}<|tool_calls_section_end|>`;
  const text = `Let me look. 1 < 2 <|im|>\n${section(call('functions.read:0', '{"path": "a<b"}'), call('functions.ls:1', ''))}\n`;

  test('case 33: a section of calls in the text becomes calls, wherever the text is split', () => {
    for (const pieces of wholeAndSplit(text)) {
      const { answer } = read('kimi-k2', eventsOf([{ kind: 'text', pieces }]));
      expect(told(answer).slice(0, 3)).toEqual(['Let me look. 1 < 2 <|im|>\n', 'read({"path": "a<b"})', 'ls({})']);
      expect(JSON.stringify(answer)).not.toContain('tool_call');
      expect(answer.end.stopReason).toBe('tool_use');
    }
  });

  test('case 33: the input streams on, and only the possible beginning of a token is held back', () => {
    const restore = fitted('kimi-k3').restore();
    const [start, open, ...rest] = eventsOf([
      {
        kind: 'text',
        pieces: ['so <', '|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>', '{"path"', ':1}<|tool'],
      },
    ]);
    expect(start && open && restore([start, open])).toHaveLength(1);
    const texts = rest.map((event) =>
      restore([event]).flatMap((out) => (out.type === 'delta' ? [out.text] : out.type === 'open' ? ['['] : [])),
    );
    expect(texts).toEqual([['[', 'so '], ['['], ['{"path"'], [':1}'], ['<|tool'], []]);
  });

  test('case 33: calls in the thinking are calls too, and the thinking goes on behind them', () => {
    const thought = `I must read.${section(call('read:3', '{}'))}Then I see.`;
    for (const pieces of wholeAndSplit(thought)) {
      const { answer } = read(
        'kimi-k2',
        eventsOf([
          { kind: 'reasoning', pieces },
          { kind: 'text', pieces: ['Done.'] },
        ]),
      );
      expect(told(answer)).toEqual(['I must read.', 'read({})', 'Then I see.', 'Done.']);
      expect(answer.blocks.map(({ kind }) => kind)).toEqual(['reasoning', 'tool', 'reasoning', 'text']);
    }
  });

  test('cases 33 and 38: a call that is cut off keeps half its input; half a name is no call', () => {
    const begun = '<|tool_calls_section_begin|><|tool_call_begin|>functions.re';
    const cut = (pieces: string[]) => read('kimi-k2', eventsOf([{ kind: 'text', pieces }], 'max_tokens')).answer;
    expect(told(cut([begun]))).toEqual([]);
    const half = cut([begun, 'ad:0<|tool_call_argument_begin|>{"pa']);
    expect(told(half)).toEqual(['read({"pa)']);
    expect(half.end.stopReason).toBe('max_tokens');
  });

  test('case 33: no two calls share an id, and aliased names are the client’s again', () => {
    const long = 'a.b';
    const { restore, request } = fitted('kimi-k2', { toolConfig: { tools: [spec(long)] } });
    const [tool] = request.toolConfig?.tools ?? [];
    const alias = tool && 'toolSpec' in tool ? tool.toolSpec.name : '';
    expect(alias).toMatch(/^a_b_/);
    const written = section(call(`functions.${alias}:0`, '{}'), call(`functions.${alias}:0`, '{}'));
    const opened = restore()(eventsOf([{ kind: 'text', pieces: [written] }])).flatMap((event) =>
      event.type === 'open' && event.block.kind === 'tool' ? [event.block] : [],
    );
    expect(opened.map(({ name }) => name)).toEqual([long, long]);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(2);
    for (const { id } of opened) expect(id).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
  });

  test('case 33: whatever is written, no control token comes out and no plain word is lost', () => {
    const piece = fc.constantFrom(
      '<|tool_calls_section_begin|>',
      '<|tool_calls_section_end|>',
      '<|tool_call_begin|>',
      '<|tool_call_argument_begin|>',
      '<|tool_call_end|>',
      '<|tool',
      'word',
      '{"a":1}',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (words, cut) => {
        const whole = words.join('');
        const at = whole.length === 0 ? 0 : cut % whole.length;
        const split = read('kimi-k2', eventsOf([{ kind: 'text', pieces: [whole.slice(0, at), whole.slice(at)] }]));
        const one = read('kimi-k2', eventsOf([{ kind: 'text', pieces: [whole] }]));
        expect(told(split.answer)).toEqual(told(one.answer));
        expect(JSON.stringify(one.answer)).not.toMatch(/<\|tool_calls?_(section_)?(begin|end)\|>/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Llama', () => {
  const cases: [string, string[]][] = [
    ['{"name": "read", "parameters": {"path": "}{\\""}}', ['read({"path":"}{\\""})']],
    ['{"type": "function", "name": "ls", "parameters": {}}', ['ls({})']],
    ['{"type":"function","function":{"name":"ls","arguments":"{\\"a\\":1}"}}', ['ls({"a":1})']],
    ['{"function": "ls", "parameters": {"a": 1}}', ['ls({"a":1})']],
    [
      '[{"name": "ls", "parameters": {}}, {"name": "read", "parameters": {"path": "a"}}]',
      ['ls({})', 'read({"path":"a"})'],
    ],
    ['{"name": "ls"}; {"name": "read", "parameters": {"path": "a"}}', ['ls({})', 'read({"path":"a"})']],
    ['<|python_tag|>{"name": "ls", "parameters": {}}<|eom_id|>', ['ls({})']],
    ['Let me look.<|python_tag|>{"name": "ls", "parameters": {}}', ['Let me look.', 'ls({})']],
    [
      '[read(path="a]\\n", lines=[1, -2.5e3], deep={"x": None, \'y\': True},)]',
      ['read({"path":"a]\\n","lines":[1,-2500],"deep":{"x":null,"y":true}})'],
    ],
    ["[ls(), read(path='it\\'s')]\n", ['ls({})', 'read({"path":"it\'s"})']],
    ['<|python_tag|>read.call(path="a")<|eom_id|>', ['read({"path":"a"})']],
    ['<function=read>{"path": "</function>"}</function>', ['read({"path":"</function>"})']],
    ['<function=ls>{}</function>\n<function=read{"path": "a"}', ['ls({})', 'read({"path":"a"})']],
    ['I look. <function=ls>{}</function>', ['I look. ', 'ls({})']],
    ['I look.\nNow.\n\n{"name": "ls", "parameters": {}}', ['I look.\nNow.\n', 'ls({})']],
    ['I look:\n[read(path="a")]', ['I look:\n', 'read({"path":"a"})']],
  ];

  test.each(cases)('case 33: %s is a call, wherever it is split', (text, expected) => {
    for (const pieces of wholeAndSplit(text)) {
      const { answer } = read('llama-3.3', eventsOf([{ kind: 'text', pieces }]));
      expect(told(answer)).toEqual(expected);
      expect(answer.end.stopReason).toBe('tool_use');
    }
  });

  test.each([
    '{"name": "rm", "parameters": {}}',
    '{"name": "ls", "parameters": {}} I think.',
    '{"name": "ls", "parameters": "x"}',
    '{"named": 1}',
    '{"name": "ls", "para',
    '[1, 2]',
    'Call {"name": "ls", "parameters": {}} now.',
    '[read(path=here())]',
    '[read("a")]',
    '[rm(path="a")]',
    '[read(path="a")] is how.',
    '[read](path="a")',
    '[read(path="a',
    '[]',
    'a = read(path="a")',
    'read(path="a")',
    '<function=rm>{}</function>',
    '<function=read>{"path"',
    '<function=read>["a"]</function>',
    '<function=read>{}</function> is how, in std::<function=int>.',
    'So:\n```json\n{"name": "ls", "parameters": {}}\n```',
    'So:\n{"name": "ls"}',
    'So: {"name": "ls", "parameters": {}}',
    'So:\n\n  {"name": "rm", "parameters": {}}\n\nOr not.\n',
    '<|python',
    'a < b <|p',
    '',
  ])('text that is no call of a given tool stays what it is, wherever it is split: %s', (text) => {
    for (const pieces of wholeAndSplit(text)) {
      const { answer } = read('llama-4', eventsOf([{ kind: 'text', pieces }]));
      expect(told(answer).join('')).toBe(text);
      expect(answer.end.stopReason).toBe('end_turn');
    }
  });

  test('case 33: a control token that begins no call does not come out', () => {
    const { answer } = read('llama-3.1', eventsOf([{ kind: 'text', pieces: ['<|python_tag|>print(1)<|eom_id|>'] }]));
    expect(told(answer)).toEqual(['print(1)']);
  });

  test('prose leaves at once; only what begins as a call does is held back', () => {
    const restore = fitted('llama-3.1').restore();
    const said = eventsOf([{ kind: 'text', pieces: ['Sure', ', {"name": "ls"'] }]).map((event) =>
      restore([event]).flatMap((out) => (out.type === 'delta' ? [out.text] : [])),
    );
    expect(said.flat()).toEqual(['Sure', ', {"name": "ls"']);
    expect(said[2]).toEqual(['Sure']);
  });

  test('case 65: the answer tool called in words is the answer', () => {
    const schema = { type: 'object', properties: { a: { type: 'number' } } };
    const wish: ModelOptions = { responseFormat: { type: 'json_schema', name: 'x', schema } };
    const pieces = ['{"name": "json_answer", "parameters": {"a": 1}}'];
    const { answer } = read('llama-3.3', eventsOf([{ kind: 'text', pieces }]), tools, wish);
    expect(told(answer)).toEqual(['{"a":1}']);
    expect(answer.end.stopReason).toBe('end_turn');
  });
});

test('case 33: over the whole way from Bedrock’s frames, the call is a call and the change is told', async () => {
  const frames = [
    'Let me look.<|tool_calls_sec',
    'tion_begin|><|tool_call_begin|>functions.read:0<|tool_call_argu',
    'ment_begin|>{"path":"a"}<|tool_call_end|><|tool_calls_section_end|>',
  ];
  const stub = await stubUpstream(({ response }) =>
    sendFrames(response, [
      eventFrame('messageStart', { role: 'assistant' }),
      ...frames.map((text) => eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
      eventFrame('contentBlockStop', { contentBlockIndex: 0 }),
      eventFrame('messageStop', { stopReason: 'end_turn' }),
      eventFrame('metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 4 } }),
    ]),
  );
  const upstream = createUpstream({ connection: connectTo(stub.url), accommodate });
  const answer = await collect(upstream(callFor(infoOf('kimi-k2'), { messages: [q], ...tools })));
  expect(told(answer)).toEqual(['Let me look.', 'read({"path":"a"})']);
  expect(answer.end.stopReason).toBe('tool_use');
  expect(answer.served.changes.map(({ what }) => what)).toContain('tool calls read from text');
});

describe('case 33: the pass is there only when it is asked for', () => {
  const what = (changes: readonly { what: string }[]) => changes.map((change) => change.what);

  test('a row that asks for it and tools in the request: reported as a change', () => {
    expect(what(fitted('kimi-k2').changes)).toContain('tool calls read from text');
    expect(what(fitted('llama-4').changes)).toContain('tool calls read from text');
  });

  test('no tools, or another family: the very same batch comes out', () => {
    const batch = eventsOf([{ kind: 'text', pieces: ['<|tool_call_begin|>'] }]);
    for (const { restore, changes } of [fitted('kimi-k2', {}), fitted('claude-5'), fitted('llama-3')]) {
      expect(restore()(batch)).toBe(batch);
      expect(what(changes)).not.toContain('tool calls read from text');
    }
  });
});
