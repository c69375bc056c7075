import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckOptions, check } from '../../src/converse/check.ts';
import type { ContentBlock, ConverseRequest, DocumentBlock, Message } from '../../src/converse/request.ts';
import { processorMs } from '../processor-time.ts';
import { anyRequest, writtenTexts } from './arbitrary.ts';
import { brokenLaws } from './laws.ts';

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentBlock[]): Message => ({ role: 'assistant', content });
const call = (toolUseId: string, name = 'read'): ContentBlock => ({ toolUse: { toolUseId, name, input: {} } });
const result = (toolUseId: string, text = 'done'): ContentBlock => ({ toolResult: { toolUseId, content: [{ text }] } });
const tools = { tools: [{ toolSpec: { name: 'read', inputSchema: { json: { type: 'object' } } } }] };
const image: ContentBlock = { image: { format: 'png', source: { bytes: 'AAAA' } } };
const document = (name: string, text = 'words'): ContentBlock => ({
  document: { name, format: 'txt', source: { text } },
});

const messagesOf = (messages: Message[], more: Partial<ConverseRequest> = {}, options: CheckOptions = {}) =>
  check({ messages, ...more }, options).request.messages;

describe('check', () => {
  test('any request in, a lawful request out, nothing written lost, and a second check changes nothing', () => {
    fc.assert(
      fc.property(anyRequest, fc.boolean(), (request, noToolCalls) => {
        const before = structuredClone(request);
        const once = check(request, { noToolCalls });
        expect(brokenLaws(once.request)).toEqual([]);
        const kept = JSON.stringify(once.request);
        for (const piece of writtenTexts(request)) expect(kept).toContain(JSON.stringify(piece).slice(1, -1));
        const twice = check(once.request, { noToolCalls });
        expect(twice.request).toBe(once.request);
        expect(twice.changes).toEqual([]);
        expect(request).toEqual(before);
      }),
      { numRuns: 3000 },
    );
  });

  test('a lawful request comes back as the same object', () => {
    const request: ConverseRequest = {
      system: [{ text: 'Be brief.' }],
      messages: [user({ text: 'a' }), assistant({ text: 'b' }, call('1')), user(result('1'), { text: 'c' })],
      toolConfig: tools,
      inferenceConfig: { maxTokens: 10, temperature: 1, stopSequences: ['END'] },
    };
    expect(check(request)).toEqual({ request, changes: [] });
    expect(check(request).request).toBe(request);
  });
});

test('a history of any length costs time in proportion', () => {
  const lawful = Array.from({ length: 20_000 }, (_, at) => (at % 2 ? assistant({ text: 'a' }) : user({ text: 'q' })));
  const request = { messages: lawful };
  const careless = {
    messages: Array.from({ length: 20_000 }, () => user({ text: 'q' }, call('same'), result('same'))),
  };
  const ms = processorMs(() => {
    expect(check(request).request).toBe(request);
    expect(brokenLaws(check(careless).request)).toEqual([]);
  });
  expect(ms).toBeLessThan(5000);
});

describe('turns', () => {
  test('case 1: results in several messages come together in one user turn, before other content', () => {
    const turns = messagesOf(
      [user({ text: 'q' }), assistant(call('1'), call('2')), user({ text: 'and' }, result('2')), user(result('1'))],
      { toolConfig: tools },
    );
    expect(turns[2]).toEqual(user(result('1'), result('2'), { text: 'and' }));
  });

  test('case 2: a call without result gets an error result, a result without call becomes text', () => {
    const { request, changes } = check({
      messages: [user({ text: 'q' }), assistant(call('1')), user({ text: 'go on' }, result('9', 'stray words'))],
      toolConfig: tools,
    });
    expect(request.messages[2]?.content).toEqual([
      { toolResult: { toolUseId: '1', content: [{ text: '(no result: interrupted)' }], status: 'error' } },
      { text: 'go on' },
      { text: '[tool result] stray words' },
    ]);
    expect(changes.map((change) => change.what)).toContain('missing tool result added');
    expect(messagesOf([user({ text: 'q' }), assistant(call('1'))], { toolConfig: tools }).at(-1)?.role).toBe('user');
  });

  test('case 1: only results that stood elsewhere are told as put in order', () => {
    const told = (...messages: Message[]) => check({ messages, toolConfig: tools }).changes.map(({ what }) => what);
    const scattered = [assistant(call('1'), call('2')), user({ text: 'and' }, result('1')), user(result('2'))];
    expect(told(user({ text: 'q' }), ...scattered)).toContain('tool results put in order');
    const inOrder = [user({ text: 'q' }), assistant(call('1')), user(result('1'))];
    expect(told(...inOrder, assistant(call('2')), user({ text: 'go on' }))).toEqual(['missing tool result added']);
  });

  test('case 2: an id that a later turn uses again keeps each result with its own call', () => {
    const turns = messagesOf(
      [
        user({ text: 'q' }),
        assistant(call('call_0')),
        user(result('call_0', 'first')),
        assistant(call('call_0')),
        user(result('call_0', 'second')),
      ],
      { toolConfig: tools },
    );
    expect(JSON.stringify(turns[2])).toContain('first');
    expect(JSON.stringify(turns[4])).toContain('second');
  });

  test('case 5: neighbours of one role become one message, assistant turns too', () => {
    expect(
      messagesOf([user({ text: 'a' }), user({ text: 'b' }), assistant({ text: 'c' }), assistant({ text: 'd' })]),
    ).toEqual([user({ text: 'a' }, { text: 'b' }), assistant({ text: 'c' }, { text: 'd' })]);
  });

  test('case 9: blank text is dropped, and a message that it empties', () => {
    expect(messagesOf([user({ text: 'a' }), assistant({ text: ' \n' }), user({ text: '' }, { text: 'b' })])).toEqual([
      user({ text: 'a' }, { text: 'b' }),
    ]);
  });

  test.each(['\u0085', '\u001c\u001f', ' \u0000\n'])('case 9: %j says nothing either', (blank) => {
    expect(messagesOf([user({ text: 'a' }, { text: blank })])).toEqual([user({ text: 'a' })]);
  });

  test('case 10 and 57: blank text beside signed reasoning stays, and so does empty reasoning', () => {
    const turn = assistant({ reasoningContent: { reasoningText: { text: '', signature: 'c2ln' } } }, { text: '' });
    expect(messagesOf([user({ text: 'a' }), turn])[1]).toEqual(turn);
  });

  test('case 12: an empty tool output says so', () => {
    const turns = messagesOf([user({ text: 'a' }), assistant(call('1')), user(result('1', ''))], { toolConfig: tools });
    expect(turns[2]).toEqual(user(result('1', '(no output)')));
  });

  test('media in an assistant turn move to the next user turn', () => {
    expect(messagesOf([assistant({ text: 'a' }, image), user({ text: 'b' })])).toEqual([
      assistant({ text: 'a' }),
      user(image, { text: 'b' }),
    ]);
  });
});

describe('tools', () => {
  const history = [user({ text: 'q' }), assistant(call('1', 'grep')), user(result('1'))];

  test('case 3: tool blocks without tools get inert specs', () => {
    const { request, changes } = check({ messages: history });
    expect(request.toolConfig?.tools).toMatchObject([{ toolSpec: { name: 'grep' } }]);
    expect(JSON.stringify(request.toolConfig)).toContain('Do not call it.');
    expect(changes).toHaveLength(1);
  });

  test('case 4: an empty list of tools leaves toolConfig out', () => {
    expect(check({ messages: [user({ text: 'q' })], toolConfig: { tools: [] } }).request).not.toHaveProperty(
      'toolConfig',
    );
  });

  test('case 21: illegal and over-long ids are replaced on call and result alike, always in the same way', () => {
    const request = {
      messages: [user({ text: 'q' }), assistant(call('call|fc_1')), user(result('call|fc_1'))],
      toolConfig: tools,
    };
    const { messages } = check(request).request;
    const made = messages[1]?.content[0];
    const id = made && 'toolUse' in made ? made.toolUse.toolUseId : '';
    expect(id).toMatch(/^call_[a-zA-Z0-9]{22}$/);
    expect(messages[2]).toEqual(user(result(id)));
    expect(check(request).request).toEqual(check(request).request);
  });

  test.each([
    ['', {}],
    [null, {}],
    ['{"a":1}', { a: 1 }],
    ['rm -rf', { value: 'rm -rf' }],
    [[1], { value: [1] }],
  ])('case 23: the tool input %j becomes %j', (input, expected) => {
    const turn = assistant({ toolUse: { toolUseId: '1', name: 'read', input } });
    const turns = messagesOf([user({ text: 'q' }), turn, user(result('1'))], { toolConfig: tools });
    expect(turns[1]).toEqual(assistant({ toolUse: { toolUseId: '1', name: 'read', input: expected } }));
  });

  test('case 25: JSON results travel as text', () => {
    const json: ContentBlock = { toolResult: { toolUseId: '1', content: [{ json: [{ __type: 'x' }] }] } };
    const turns = messagesOf([user({ text: 'q' }), assistant(call('1')), user(json)], { toolConfig: tools });
    expect(turns[2]).toEqual(user(result('1', '[{"__type":"x"}]')));
  });

  const schemaOf = (json: ConverseRequest['additionalModelRequestFields']) => {
    const spec = { toolSpec: { name: 'read', inputSchema: { json: json ?? {} } } };
    const tool = check({ messages: [user({ text: 'q' })], toolConfig: { tools: [spec] } }).request.toolConfig?.tools[0];
    return tool && 'toolSpec' in tool ? tool.toolSpec.inputSchema.json : undefined;
  };

  test('case 26: a schema is an object at the top, with unions merged', () => {
    expect(schemaOf({})).toEqual({ type: 'object' });
    expect(schemaOf({ type: ['object', 'null'] })).toEqual({ type: 'object' });
    expect(
      schemaOf({
        description: 'either',
        oneOf: [
          { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } }, required: ['a', 'b'] },
          { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        ],
      }),
    ).toEqual({
      description: 'either',
      type: 'object',
      properties: { a: { anyOf: [{ type: 'string' }, { type: 'integer' }] }, b: { type: 'number' } },
      required: ['a'],
    });
  });

  test('a property of a union may have a name that every object has', () => {
    const union = JSON.parse(
      '{"oneOf":[{"properties":{"constructor":{"type":"string"},"__proto__":{"type":"number"}}}]}',
    );
    expect(JSON.stringify(schemaOf(union))).toBe(
      '{"type":"object","properties":{"constructor":{"type":"string"},"__proto__":{"type":"number"}}}',
    );
  });

  test('case 27: references are resolved, circles cut, and a property named definitions survives', () => {
    expect(
      schemaOf({
        type: 'object',
        $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
        properties: { head: { $ref: '#/$defs/node', description: 'first' }, definitions: { type: 'string' } },
      }),
    ).toEqual({
      type: 'object',
      properties: {
        head: { type: 'object', properties: { next: {} }, description: 'first' },
        definitions: { type: 'string' },
      },
    });
  });

  test('case 27: references that double at every level stay bounded', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, level) => [
        `d${level}`,
        { properties: { l: { $ref: `#/$defs/d${level + 1}` }, r: { $ref: `#/$defs/d${level + 1}` } } },
      ]),
    );
    expect(
      JSON.stringify(schemaOf({ type: 'object', $defs, properties: { x: { $ref: '#/$defs/d0' } } })).length,
    ).toBeLessThan(2e6);
  });

  test('case 28: a blank description is left out', () => {
    const spec = { toolSpec: { name: 'read', description: '', inputSchema: { json: { type: 'object' } } } };
    const { toolConfig } = check({ messages: [user({ text: 'q' })], toolConfig: { tools: [spec] } }).request;
    expect(toolConfig).toEqual(tools);
  });

  test('case 29: no tool calls wanted means no toolConfig, unless the history needs inert ones', () => {
    const plain = check({ messages: [user({ text: 'q' })], toolConfig: tools }, { noToolCalls: true });
    expect(plain.request).not.toHaveProperty('toolConfig');
    const needed = check({ messages: history, toolConfig: tools }, { noToolCalls: true });
    expect(needed.request.toolConfig?.tools).toMatchObject([{ toolSpec: { name: 'grep' } }]);
  });
});

describe('media', () => {
  test('case 70: an oversized image is refused with the numbers', () => {
    const big = { image: { format: 'png' as const, source: { bytes: 'A'.repeat(5_242_884) } } };
    expect(() => check({ messages: [user(big)] })).toThrow(/3932163 bytes; Bedrock takes at most 3932160/);
  });

  test('case 71: of more than 20 images the oldest give way to a placeholder', () => {
    const { request, changes } = check({ messages: Array.from({ length: 23 }, () => user(image)) });
    const blocks = request.messages.flatMap((message) => message.content);
    expect(blocks.map((block) => Object.keys(block)[0])).toEqual([
      ...Array(3).fill('text'),
      ...Array(20).fill('image'),
    ]);
    expect(changes.map((change) => change.what)).toContain('oldest media left out');
  });

  test('case 72: document names become legal and unique, and the same from turn to turn', () => {
    const first = user(document('a_b.v2.pdf'), { text: 'x' });
    const names = (messages: Message[]) =>
      messagesOf(messages).flatMap((message) =>
        message.content.flatMap((block) => ('document' in block ? [block.document.name] : [])),
      );
    expect(names([first])).toEqual(['a b v2']);
    const later = names([
      first,
      assistant({ text: 'y' }),
      user(document('a_b.v2.pdf'), document('报告'), { text: 'z' }),
    ]);
    expect(later.slice(0, 2)).toEqual(['a b v2', 'a b v2 (2)']);
    expect(later[2]).toMatch(/^document [A-Za-z0-9]{6}$/);
  });

  test('case 73: too many or too large documents are refused, citations only where they work', () => {
    const six = Array.from({ length: 6 }, (_, at) => document(`d${at}`));
    expect(() => check({ messages: [user(...six, { text: 'q' })] })).toThrow(/6 documents; Bedrock takes at most 5/);
    const large = { document: { name: 'a', format: 'pdf' as const, source: { bytes: 'A'.repeat(6_291_464) } } };
    expect(() => check({ messages: [user(large, { text: 'q' })] })).toThrow(/at most 4718592/);
    const cited = {
      document: { name: 'a', format: 'csv' as const, source: { text: 'x' }, citations: { enabled: true } },
    };
    expect(JSON.stringify(messagesOf([user(cited, { text: 'q' })]))).not.toContain('citations');
  });

  test('case 73: a document in a tool result is not cited, which is told', () => {
    const pdf = { name: 'a', format: 'pdf' as const, source: { bytes: 'JVBERi0=' } };
    const told = (document: DocumentBlock): ContentBlock => ({
      toolResult: { toolUseId: '1', content: [{ document }] },
    });
    const ask = (document: DocumentBlock) =>
      check({ messages: [user({ text: 'q' }), assistant(call('1')), user(told(document))], toolConfig: tools });
    const { request, changes } = ask({ ...pdf, citations: { enabled: true } });
    expect(request.messages[2]).toEqual(user(told(pdf)));
    expect(changes.map(({ what }) => what)).toEqual(['citations dropped']);
    expect(ask(pdf).changes).toEqual([]);
  });

  test('case 9: a document without a word is told in words, and of its chunks those that say something stay', () => {
    const chunks = { name: 'b', format: 'txt' as const, source: { content: [{ text: ' ' }, { text: 'said' }] } };
    expect(messagesOf([user(document('a', ' \n'), { document: chunks })])[0]?.content).toEqual([
      { text: '[the document a is empty]' },
      { document: { ...chunks, source: { content: [{ text: 'said' }] } } },
    ]);
  });

  test('a document alone gets text beside it', () => {
    expect(messagesOf([user(document('a'))])[0]?.content.at(-1)).toHaveProperty('text');
  });
});

describe('cache points', () => {
  const point = (ttl?: '5m' | '1h'): { cachePoint: { type: 'default'; ttl?: '5m' | '1h' } } => ({
    cachePoint: { type: 'default', ...(ttl && { ttl }) },
  });

  test('case 76: of more than 4 the earliest of the messages go', () => {
    const { request } = check({
      system: [{ text: 's' }, point()],
      toolConfig: { tools: [...tools.tools, point()] },
      messages: [user({ text: 'a' }, point(), { text: 'b' }, point(), { text: 'c' }, point(), { text: 'd' }, point())],
    });
    expect(request.messages).toEqual([
      user({ text: 'a' }, { text: 'b' }, { text: 'c' }, point(), { text: 'd' }, point()),
    ]);
    expect(request.system).toHaveLength(2);
    expect(request.toolConfig?.tools).toHaveLength(2);
  });

  test('case 78: a longer time never stands after a shorter one', () => {
    const { request } = check({
      system: [{ text: 's' }, point('5m')],
      messages: [user({ text: 'a' }, point('1h'))],
    });
    expect(request.messages).toEqual([user({ text: 'a' }, point())]);
  });

  test.each(['csv', 'docx', 'html', 'md', 'txt', 'xlsx'] as const)(
    'case 80: not straight after a %s, behind a PDF it stays',
    (format) => {
      const file = (kind: typeof format | 'pdf'): ContentBlock => ({
        document: { name: 'f', format: kind, source: { bytes: 'AAAA' } },
      });
      expect(messagesOf([user({ text: 'q' }, file(format), point())])).toEqual([
        user({ text: 'q' }, point(), file(format)),
      ]);
      const behind = user({ text: 'q' }, file('pdf'), point());
      expect(messagesOf([behind])).toEqual([behind]);
    },
  );

  test('case 80: not straight after a text document or reasoning, nor at the start', () => {
    expect(messagesOf([user(point(), { text: 'q' }, document('d'), point())])).toEqual([
      user({ text: 'q' }, point(), document('d')),
    ]);
    const thought: ContentBlock = { reasoningContent: { reasoningText: { text: 't', signature: 'c2ln' } } };
    expect(messagesOf([user({ text: 'q' }), assistant(thought, point(), { text: 'a' })])[1]).toEqual(
      assistant(thought, { text: 'a' }, point()),
    );
  });
});

describe('fields', () => {
  test('case 43: temperature and topP are brought to 0–1', () => {
    const { request } = check({ messages: [user({ text: 'q' })], inferenceConfig: { temperature: 1.7, topP: -1 } });
    expect(request.inferenceConfig).toEqual({ temperature: 1, topP: 0 });
  });

  test('case 103: metadata fit the service or are left out', () => {
    const metadata = { 'trace<id>': 'a|b', long: 'x'.repeat(300) };
    const { request } = check({ messages: [user({ text: 'q' })], requestMetadata: metadata });
    expect(request.requestMetadata).toEqual({ trace_id_: 'a_b', long: 'x'.repeat(256) });
    expect(check({ messages: [user({ text: 'q' })], requestMetadata: {} }).request).not.toHaveProperty(
      'requestMetadata',
    );
  });

  test('blank system text is dropped', () => {
    expect(check({ messages: [user({ text: 'q' })], system: [{ text: '' }] }).request).not.toHaveProperty('system');
  });
});
