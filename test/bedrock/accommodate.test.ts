import { describe, expect, test } from 'vitest';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import type { AccommodateSettings } from '../../src/bedrock/draft.ts';
import type { Effort, ModelOptions } from '../../src/converse/options.ts';
import type { ContentBlock, ConverseRequest, DocumentBlock, Message } from '../../src/converse/request.ts';
import { processorMs } from '../processor-time.ts';
import { callFor, infoOf } from './calls.ts';

const user = (...content: ContentBlock[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentBlock[]): Message => ({ role: 'assistant', content });
const q = user({ text: 'q' });
const call = (toolUseId: string, name = 'read'): ContentBlock => ({ toolUse: { toolUseId, name, input: {} } });
const result = (toolUseId: string): ContentBlock => ({ toolResult: { toolUseId, content: [{ text: 'done' }] } });
const spec = (name: string) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } });
const tools = { tools: [spec('read')] };
const image: ContentBlock = { image: { format: 'png', source: { bytes: 'AAAA' } } };
const thought: ContentBlock = { reasoningContent: { reasoningText: { text: 't', signature: 'EqQB' } } };

type More = { id?: string; stream?: boolean; effort?: Effort; settings?: AccommodateSettings };

function fitTo(family: string, request: Partial<ConverseRequest>, options: ModelOptions = {}, more: More = {}) {
  const info = infoOf(family, more.id ? { id: more.id } : {});
  const fitted = accommodate(callFor(info, { messages: [q], ...request }, options, more), more.settings);
  return {
    ...fitted,
    fields: fitted.request.additionalModelRequestFields,
    said: fitted.changes.map((change) => change.what),
  };
}

test('a plain request to a plain model only gets a limit, and no change is reported', () => {
  const { request, said, streaming } = fitTo('claude-4.5', { system: [{ text: 's' }] });
  expect(request).toEqual({ messages: [q], system: [{ text: 's' }], inferenceConfig: { maxTokens: 16_384 } });
  expect(said).toEqual([]);
  expect(streaming).toBe(true);
});

test('case 17: nothing but built fields reaches additionalModelRequestFields', () => {
  expect(fitTo('claude-5', { additionalModelRequestFields: { extra_body: { a: 1 } } }).fields).toBeUndefined();
});

describe('turns', () => {
  test('case 6: the user opens the conversation where the model wants it', () => {
    expect(fitTo('nova-1', { messages: [assistant({ text: 'hi' }), q] }).request.messages[0]?.role).toBe('user');
    expect(fitTo('claude-4', { messages: [assistant({ text: 'hi' }), q] }).request.messages[0]?.role).toBe('assistant');
  });

  test('case 7: a begun answer stays where the model allows it, else the user closes', () => {
    const messages = [q, assistant({ text: 'It is' })];
    expect(fitTo('claude-4.5', { messages }).request.messages).toEqual(messages);
    expect(fitTo('claude-4.6', { messages }).request.messages.at(-1)).toEqual(user({ text: 'Continue.' }));
  });

  test('case 8: the begun answer loses its trailing whitespace', () => {
    const { request } = fitTo('claude-4', { messages: [q, assistant({ text: 'It is \n' })] });
    expect(request.messages[1]).toEqual(assistant({ text: 'It is' }));
    const marked = assistant({ text: 'It is ' }, { cachePoint: { type: 'default' } });
    const kept = fitTo('claude-4', { messages: [q, marked] }).request.messages[1]?.content[0];
    expect(kept).toEqual({ text: 'It is' });
  });

  test('case 13: a later system message becomes a marked part of a user turn, unless the model knows the role', () => {
    const messages: Message[] = [
      q,
      assistant({ text: 'a' }),
      { role: 'system', content: [{ text: 'Now in French.' }] },
      q,
    ];
    const wrapped = user({ text: '<system>\nNow in French.\n</system>' }, { text: 'q' });
    expect(fitTo('claude-4.5', { messages }).request.messages[2]).toEqual(wrapped);
    expect(fitTo('claude-5', { messages }).request.messages[2]?.role).toBe('system');
  });

  test('cases 7, 13: a system message behind the assistant’s last turn does not hide that the user must speak last', () => {
    const late: Message = { role: 'system', content: [{ text: 'Be brief.' }] };
    const { request } = fitTo('claude-5', { messages: [q, assistant({ text: 'a' }), late] });
    expect(request.messages[2]).toEqual(user({ text: '<system>\nBe brief.\n</system>' }));
    expect(fitTo('claude-5', { messages: [q, late] }).request.messages[1]).toBe(late);
  });

  test('case 15: the system prompt goes before the first message of a model without one', () => {
    const { request, said } = fitTo('titan-text', { system: [{ text: 's' }] });
    expect(request).toMatchObject({ messages: [user({ text: 's' }, { text: 'q' })] });
    expect(request).not.toHaveProperty('system');
    expect(said).toEqual(['system prompt put before the first message']);
  });
});

describe('documents', () => {
  test.each(['claude-4.5', 'gpt-oss-safeguard', 'titan-text'])(
    'one that comes out of a tool result has text beside it, wherever it comes to stand: %s',
    (family) => {
      const document = { document: { name: 'a', format: 'pdf' as const, source: { bytes: 'JVBERi0=' } } };
      const told: ContentBlock = { toolResult: { toolUseId: '1', content: [document], status: 'error' } };
      const info = infoOf(family, { row: { documents: true } });
      const { messages } = accommodate(callFor(info, { messages: [q, assistant(call('1')), user(told)] })).request;
      const holding = messages.filter(({ content }) => content.some((block) => 'document' in block));
      expect(holding).toHaveLength(1);
      for (const { content } of holding) expect(content.some((block) => 'text' in block)).toBe(true);
    },
  );
});

describe('tools', () => {
  test('case 18: bad names get an alias in specs, choice and history, and the answer has the real one', () => {
    const name = 'mcp.files/read';
    const fitted = fitTo('claude-4.5', {
      messages: [q, assistant(call('1', name)), user(result('1'))],
      toolConfig: { tools: [spec(name), spec('y'.repeat(80))], toolChoice: { tool: { name } } },
    });
    const text = JSON.stringify(fitted.request);
    const alias = /"toolChoice":\{"tool":\{"name":"([a-zA-Z0-9_-]{1,64})"/.exec(text)?.[1] ?? '';
    expect(alias).toMatch(/^mcp_files_read_/);
    expect(text.split(alias)).toHaveLength(4);
    const open = { type: 'open' as const, index: 0, block: { kind: 'tool' as const, id: 'x', name: alias } };
    expect(fitted.restore()([open])).toEqual([{ ...open, block: { ...open.block, name } }]);
  });

  test('case 19: Nova gets no hyphens in tool names', () => {
    const { request } = fitTo('nova-1', { toolConfig: { tools: [spec('web-search'), spec('web_search')] } });
    expect(JSON.stringify(request.toolConfig)).toMatch(/"name":"web_search_[a-zA-Z0-9]{8}"/);
  });

  test('case 20: Nova calls tools greedily unless the client chose its sampling', () => {
    const own = fitTo('nova-1', { toolConfig: tools });
    expect(own.request.inferenceConfig).toMatchObject({ temperature: 0, topP: 1 });
    expect(own.fields).toEqual({ inferenceConfig: { topK: 1 } });
    expect(
      fitTo('nova-1', { toolConfig: tools, inferenceConfig: { temperature: 0.7 } }).request.inferenceConfig,
    ).toMatchObject({
      temperature: 0.7,
    });
  });

  test('case 22: Mistral gets ids of nine characters, the same on call and result', () => {
    const { request } = fitTo('mistral-large-3', {
      messages: [q, assistant(call('call_abcdefghijkl')), user(result('call_abcdefghijkl'))],
      toolConfig: tools,
    });
    const ids = [...JSON.stringify(request.messages).matchAll(/"toolUseId":"([^"]+)"/g)].map((match) => match[1]);
    expect(ids[0]).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  test('case 30: a thinking model is not forced, or does not think, as the settings say', () => {
    const request = { toolConfig: { ...tools, toolChoice: { any: {} } } };
    const options: ModelOptions = { thinking: { type: 'enabled', budgetTokens: 2000 } };
    const kept = fitTo('claude-4.5', request, options);
    expect(kept.request.toolConfig).not.toHaveProperty('toolChoice');
    expect(kept.fields).toHaveProperty('thinking');
    const forced = fitTo('claude-4.5', request, options, { settings: { forcedChoiceYields: 'thinking' } });
    expect(forced.request.toolConfig).toHaveProperty('toolChoice');
    expect(forced.fields).toBeUndefined();
    expect(fitTo('claude-5', request, options).request.toolConfig).toHaveProperty('toolChoice');
    expect(fitTo('claude-5.5', request).request.toolConfig).not.toHaveProperty('toolChoice');
  });

  test('case 31: a choice that the model does not know is taken down to what it knows', () => {
    const named = { toolConfig: { ...tools, toolChoice: { tool: { name: 'read' } } } };
    expect(fitTo('mistral-large-3', named).request.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(fitTo('gpt-oss', named).said).toContain('tool choice dropped');
    expect(fitTo('claude-5', { toolConfig: { ...tools, toolChoice: { auto: {} } } }).said).toEqual([]);
  });

  test('case 32: tools that refuse streaming are asked for whole', () => {
    expect(fitTo('llama-4', { toolConfig: tools }).streaming).toBe(false);
    expect(fitTo('llama-4', {}).streaming).toBe(true);
    expect(fitTo('claude-5', { toolConfig: tools }, {}, { stream: false }).streaming).toBe(false);
  });

  test('case 36: strict is left out where it is an extra input', () => {
    const strict = { tools: [{ toolSpec: { ...spec('read').toolSpec, strict: true } }] };
    expect(fitTo('claude-5', { toolConfig: strict }).request.toolConfig).toEqual(tools);
    expect(JSON.stringify(fitTo('claude-4.5', { toolConfig: strict }).request.toolConfig)).toContain(
      '"additionalProperties":false',
    );
  });

  test('one call at a time where the model can be told so', () => {
    const options = { parallelToolCalls: false };
    expect(fitTo('claude-4.5', { toolConfig: tools }, options).fields).toEqual({
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
    for (const toolChoice of [{ any: {} }, { tool: { name: 'read' } }]) {
      const forced = fitTo('claude-4.5', { toolConfig: { ...tools, toolChoice } }, options);
      expect(forced.request.toolConfig).toMatchObject({ toolChoice });
      // "The additional field tool_choice/type conflicts with the existing field toolConfig.toolChoice.tool."
      expect(forced.fields).toEqual({ tool_choice: { disable_parallel_tool_use: true } });
    }
    expect(fitTo('nova-1', { toolConfig: tools }, options).said).toContain('parallel tool calls not limited');
  });

  test('results stand alone in their turn where the model wants it', () => {
    const messages = [q, assistant(call('123456789')), user(result('123456789'), { text: 'and now?' })];
    expect(fitTo('llama-4', { messages, toolConfig: tools }).request.messages.slice(2)).toEqual([
      user(result('123456789')),
      assistant({ text: 'Understood.' }),
      user({ text: 'and now?' }),
    ]);
    expect(fitTo('claude-5', { messages, toolConfig: tools }).request.messages).toEqual(messages);
  });

  test('a model without tools reads the calls of the history as text', () => {
    const { request, said } = fitTo('deepseek-r1', {
      messages: [q, assistant(call('1')), user(result('1'))],
      toolConfig: tools,
    });
    expect(request.toolConfig).toBeUndefined();
    expect(request.messages[1]).toEqual(assistant({ text: '[called read with {}]' }));
    expect(said).toContain('tools left out');
  });
});

describe('sampling and limits', () => {
  test('case 42: temperature and topP together lose topP', () => {
    const { request, said } = fitTo('claude-4.5', { inferenceConfig: { temperature: 0.5, topP: 0.9, maxTokens: 10 } });
    expect(request.inferenceConfig).toEqual({ temperature: 0.5, maxTokens: 10 });
    expect(said).toEqual(['topP dropped']);
  });

  test('case 44: no sampling at all where it is deprecated', () => {
    const { request, fields, said } = fitTo(
      'claude-5',
      { inferenceConfig: { temperature: 0, maxTokens: 10 } },
      { topK: 5 },
    );
    expect(request.inferenceConfig).toEqual({ maxTokens: 10 });
    expect(fields).toBeUndefined();
    expect(said).toEqual(['temperature dropped', 'top_k dropped']);
  });

  test('case 45: no sampling while thinking', () => {
    const options: ModelOptions = { thinking: { type: 'enabled', budgetTokens: 2000 }, topK: 5 };
    const { request, fields } = fitTo('claude-4', { inferenceConfig: { temperature: 0.2, maxTokens: 9000 } }, options);
    expect(request.inferenceConfig).toEqual({ maxTokens: 9000 });
    expect(fields).toEqual({ thinking: { type: 'enabled', budget_tokens: 2000 } });
  });

  test('case 46: without a limit a bounded one is sent, settable, and never above the model’s own', () => {
    expect(fitTo('claude-5', {}).request.inferenceConfig).toEqual({ maxTokens: 16_384 });
    expect(fitTo('claude-5', {}, {}, { settings: { defaultMaxTokens: 100 } }).request.inferenceConfig).toEqual({
      maxTokens: 100,
    });
    const small = accommodate(callFor(infoOf('claude-3', { maxOutputTokens: 4096 }), { messages: [q] }));
    expect(small.request.inferenceConfig).toEqual({ maxTokens: 4096 });
  });

  test('case 47: a limit above the model’s own is lowered', () => {
    const { request, said } = fitTo('claude-5', { inferenceConfig: { maxTokens: 1e6 } });
    expect(request.inferenceConfig).toEqual({ maxTokens: 64_000 });
    expect(said).toEqual(['maxTokens lowered']);
  });

  test('top_k finds the field of its family', () => {
    expect(fitTo('claude-4.5', {}, { topK: 5 }).fields).toEqual({ top_k: 5 });
    expect(fitTo('nova-1', {}, { topK: 5 }).fields).toEqual({ inferenceConfig: { topK: 5 } });
    expect(fitTo('llama-4', {}, { topK: 5 }).said).toEqual(['top_k dropped']);
  });

  test('stop sequences: refused by some, and Claude is asked which one fired', () => {
    const stop = { inferenceConfig: { stopSequences: ['END'], maxTokens: 1 } };
    expect(fitTo('gpt-oss', stop).request.inferenceConfig).toEqual({ maxTokens: 1 });
    expect(fitTo('claude-5', stop).request.additionalModelResponseFieldPaths).toEqual(['/delta/stop_sequence']);
    expect(fitTo('claude-5', stop, {}, { stream: false }).request.additionalModelResponseFieldPaths).toEqual([
      '/stop_sequence',
    ]);
  });

  test('case 88: betas by the model’s list only', () => {
    const betas = ['context-1m-2025-08-07', 'files-api-2025-04-14'];
    const { fields, said } = fitTo('claude-4', {}, { betas }, { id: 'anthropic.claude-sonnet-4-20250514-v1:0' });
    expect(fields).toEqual({ anthropic_beta: ['context-1m-2025-08-07'] });
    expect(said).toEqual(['betas dropped']);
    expect(fitTo('claude-4.5', {}, { betas }).fields).toBeUndefined();
  });

  test('Claude refuses stop sequences of white space', () => {
    const stops = { inferenceConfig: { stopSequences: ['\n', 'END'], maxTokens: 1 } };
    expect(fitTo('claude-5', stops).request.inferenceConfig).toEqual({ stopSequences: ['END'], maxTokens: 1 });
    expect(fitTo('nova-1', stops).request.inferenceConfig).toEqual(stops.inferenceConfig);
  });
});

describe('thinking', () => {
  const enabled = (budgetTokens?: number): ModelOptions => ({
    thinking: { type: 'enabled', ...(budgetTokens !== undefined && { budgetTokens }) },
  });

  test('case 50: the budget stays between 1024 and maxTokens', () => {
    expect(fitTo('claude-4.5', { inferenceConfig: { maxTokens: 2000 } }, enabled(5000)).fields).toEqual({
      thinking: { type: 'enabled', budget_tokens: 1999 },
    });
    expect(fitTo('claude-4.5', {}, enabled(10)).fields).toEqual({ thinking: { type: 'enabled', budget_tokens: 1024 } });
    expect(fitTo('claude-4.5', { inferenceConfig: { maxTokens: 500 } }, enabled(5000)).said).toEqual([
      'thinking dropped',
    ]);
    expect(fitTo('claude-4.5', {}, enabled(5000)).request.inferenceConfig).toEqual({ maxTokens: 21_384 });
  });

  test('case 51: a budget becomes adaptive thinking with an effort, and its text is asked for', () => {
    const { fields, said } = fitTo('claude-4.7', {}, enabled(10_000));
    expect(fields).toEqual({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    });
    expect(said).toEqual(['thinking budget sent as effort']);
  });

  test.each([
    ['claude-4.6', 'xhigh', 'high'],
    ['claude-5', 'minimal', 'low'],
    ['gpt-oss', 'max', 'high'],
    ['grok-4.6', 'max', 'xhigh'],
  ] as const)('case 52: %s takes effort %s as %s', (family, effort, sent) => {
    const { fields, said } = fitTo(family, {}, { effort });
    expect(JSON.stringify(fields)).toContain(`"${sent}"`);
    expect(said).toContain('effort adjusted');
  });

  test.each([
    ['gpt-6', { reasoning: { effort: 'high' } }],
    ['gpt-oss', { reasoning_effort: 'high' }],
    ['nova-2', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } }],
    ['claude-5', { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } }],
    ['claude-4.5', { thinking: { type: 'enabled', budget_tokens: 16_384 } }],
  ] as const)('case 53: effort goes into the field of %s', (family, fields) => {
    expect(fitTo(family, {}, { effort: 'high' }).fields).toEqual(fields);
  });

  test('Nova 2 at high effort gets neither limit nor sampling', () => {
    expect(
      fitTo('nova-2', { inferenceConfig: { maxTokens: 10, temperature: 0.5 } }, { effort: 'high' }).request,
    ).not.toHaveProperty('inferenceConfig');
  });

  test('case 54: thinking asked of a model without it is dropped, and said', () => {
    const { fields, said } = fitTo('claude-3.5', {}, { ...enabled(2000), effort: 'high' });
    expect(fields).toBeUndefined();
    expect(said).toEqual(['thinking dropped']);
  });

  test('case 55: a tool loop that came back without its thinking goes on without', () => {
    const messages = [q, assistant(call('1')), user(result('1'))];
    const { fields, said } = fitTo('claude-4.5', { messages, toolConfig: tools }, enabled(2000));
    expect(fields).toBeUndefined();
    expect(said).toEqual(['thinking off for this turn']);
    const signed = [q, assistant(thought, call('1')), user(result('1'))];
    expect(fitTo('claude-4.5', { messages: signed, toolConfig: tools }, enabled(2000)).fields).toHaveProperty(
      'thinking',
    );
  });

  test('case 56: interleaved thoughts keep their order', () => {
    const turn = assistant(thought, call('1'), thought, call('2'));
    const messages = [q, turn, user(result('1'), result('2'))];
    expect(fitTo('claude-5', { messages, toolConfig: tools }).request.messages[1]).toEqual(turn);
  });

  test('switched off where it can be, kept at its least where it cannot', () => {
    const off: ModelOptions = { thinking: { type: 'disabled' }, effort: 'max' };
    expect(fitTo('claude-5', {}, off).fields).toEqual({
      thinking: { type: 'disabled' },
      output_config: { effort: 'high' },
    });
    expect(fitTo('claude-5.5', {}, off).fields).toEqual({
      thinking: { type: 'between_tools' },
      output_config: { effort: 'max' },
    });
    expect(fitTo('claude-fable-5', {}, { effort: 'none' }).fields).toEqual({ output_config: { effort: 'low' } });
    expect(fitTo('claude-4.5', {}, { thinking: { type: 'disabled' } }).fields).toBeUndefined();
  });

  test('effort of the body wins over the effort of the name', () => {
    expect(fitTo('gpt-oss', {}, { effort: 'low' }, { effort: 'high' }).fields).toEqual({ reasoning_effort: 'low' });
    expect(fitTo('gpt-oss', {}, {}, { effort: 'high' }).fields).toEqual({ reasoning_effort: 'high' });
  });
});

describe('reasoning in the history', () => {
  const redacted: ContentBlock = { reasoningContent: { redactedContent: 'AAAA' } };
  const unsigned: ContentBlock = { reasoningContent: { reasoningText: { text: 't' } } };
  const kept = (family: string, block: ContentBlock) =>
    fitTo(family, { messages: [q, assistant(block, { text: 'a' }), q] }).request.messages[1]?.content.length === 2;

  test('case 58: a signature that cannot be one is dropped, and so is thinking without any', () => {
    const foreign: ContentBlock = { reasoningContent: { reasoningText: { text: 't', signature: 'rs_abc!' } } };
    expect([kept('claude-5', thought), kept('claude-5', foreign), kept('claude-5', unsigned)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('case 59: GPT takes back bytes and no text', () => {
    expect([kept('gpt-6', redacted), kept('gpt-6', thought)]).toEqual([true, false]);
  });

  test('case 60: gpt-oss takes back none', () => {
    expect([kept('gpt-oss', thought), kept('gpt-oss', unsigned)]).toEqual([false, false]);
  });
});

describe('media', () => {
  test('an image in the newest message of a model without eyes is refused, in the history it gives way to text', () => {
    expect(() => fitTo('gpt-oss', { messages: [user({ text: 'q' }, image)] })).toThrow(/cannot read images/);
    const { request } = fitTo('gpt-oss', { messages: [user({ text: 'q' }, image), assistant({ text: 'a' }), q] });
    expect(request.messages[0]?.content[1]).toEqual({ text: '[image left out: this model cannot read it]' });
  });

  test('a text document is read out to a model that takes none', () => {
    const bytes = Buffer.from('a,b').toString('base64');
    const document: ContentBlock = { document: { name: 'table', format: 'csv', source: { bytes } } };
    const { request } = fitTo('qwen3', { messages: [user({ text: 'q' }, document)] });
    expect(request.messages[0]?.content[1]).toEqual({ text: '[document table]\na,b' });
  });

  test('media move out of tool results, and the status goes, where the model refuses them', () => {
    const picture: ContentBlock = { toolResult: { toolUseId: '1', content: [image], status: 'success' } };
    const moved = fitTo('gpt-6', { messages: [q, assistant(call('1')), user(picture)], toolConfig: tools });
    expect(moved.request.messages[2]).toEqual(
      user({ toolResult: { toolUseId: '1', content: [{ text: '(see below)' }], status: 'success' } }, image),
    );
    const plain = fitTo('palmyra', {
      messages: [
        q,
        assistant(call('1')),
        user({ toolResult: { toolUseId: '1', content: [{ text: 'x' }], status: 'error' } }),
      ],
      toolConfig: tools,
    });
    expect(JSON.stringify(plain.request)).not.toContain('status');
  });

  test('a document that moves out of a tool result has a text beside it, which the service demands', () => {
    const pdf: ContentBlock = { document: { name: 'table', format: 'pdf', source: { bytes: 'JVBERi0xLjQK' } } };
    const read = (...beside: ContentBlock[]) => {
      const found: ContentBlock = { toolResult: { toolUseId: '1', content: [pdf] } };
      const messages = [q, assistant(call('1')), user(found, ...beside)];
      return fitTo('deepseek-v3', { messages, toolConfig: tools }).request.messages[2]?.content;
    };
    expect(read()?.slice(1)).toEqual([pdf, { text: 'See the attached document.' }]);
    expect(read({ text: 'And now?' })?.slice(1)).toEqual([{ text: 'And now?' }, pdf]);
  });

  test('Nova reads csv and txt alone inside a result: a PDF stands beside it, and other text is read out', () => {
    const doc = (name: string, format: 'pdf' | 'md' | 'csv'): { document: DocumentBlock } => ({
      document: { name, format, source: { bytes: Buffer.from(name).toString('base64') } },
    });
    const found: ContentBlock = {
      toolResult: { toolUseId: '1', content: [doc('p', 'pdf'), doc('m', 'md'), doc('c', 'csv')] },
    };
    const { request, said } = fitTo('nova-1', { messages: [q, assistant(call('1')), user(found)], toolConfig: tools });
    expect(request.messages[2]?.content.slice(0, 2)).toEqual([
      { toolResult: { toolUseId: '1', content: [{ text: '[document m]\nm' }, doc('c', 'csv')] } },
      doc('p', 'pdf'),
    ]);
    expect(said).toEqual(expect.arrayContaining(['document moved out of a tool result', 'document replaced by text']));
  });

  test('what was said about a document stays with its words', () => {
    const document: DocumentBlock = { name: 'log', format: 'txt', source: { text: 'boot' }, context: 'of Monday' };
    const { request } = fitTo('qwen3', { messages: [user({ text: 'q' }, { document })] });
    expect(request.messages[0]?.content[1]).toEqual({ text: '[document log]\nof Monday\nboot' });
  });

  test('documents that come out of tool results are not more than a turn holds, and the newest stay', () => {
    const ids = ['1', '2', '3', '4', '5', '6', '7'];
    const results = ids.map((toolUseId): ContentBlock => {
      const document: DocumentBlock = { name: toolUseId, format: 'pdf', source: { bytes: 'JVBERi0=' } };
      return { toolResult: { toolUseId, content: [{ document }] } };
    });
    const messages = [q, assistant(...ids.map((id) => call(id))), user(...results)];
    const { request, said } = fitTo('gpt-5.6', { messages, toolConfig: tools });
    const beside = request.messages[2]?.content.slice(ids.length) ?? [];
    expect(beside.map((block) => ('document' in block ? block.document.name : 'text' in block && block.text))).toEqual([
      '[document 1 left out: a turn holds at most 5]',
      '[document 2 left out: a turn holds at most 5]',
      ...ids.slice(2),
    ]);
    expect(said).toContain('document replaced by text');
  });

  test('a video in a tool result gives way to text where the model has no eyes for it, which is told', () => {
    const video: ContentBlock = {
      toolResult: { toolUseId: '1', content: [{ video: { format: 'mp4', source: { bytes: 'AAAA' } } }] },
    };
    const { said } = fitTo('claude-4.5', { messages: [q, assistant(call('1')), user(video)], toolConfig: tools });
    expect(said).toContain('video replaced by text');
  });

  test('a failed tool’s picture stands beside its result: an error may hold text alone', () => {
    const failed: ContentBlock = { toolResult: { toolUseId: '1', content: [{ text: 'no' }, image], status: 'error' } };
    const { request } = fitTo('claude-4.5', { messages: [q, assistant(call('1')), user(failed)], toolConfig: tools });
    expect(request.messages[2]).toEqual(
      user({ toolResult: { toolUseId: '1', content: [{ text: 'no' }], status: 'error' } }, image),
    );
  });
});

describe('the place of thinking in a turn', () => {
  const said: ContentBlock = { text: 'a' };

  test('a turn that was cut off in its thinking loses it, because no turn may end so', () => {
    const fitted = fitTo('claude-5', { messages: [q, assistant(thought, said, thought), q] });
    expect(fitted.request.messages[1]).toEqual(assistant(thought, said));
    expect(fitted.said).toEqual(['misplaced thinking dropped']);
    const onlyThought = fitTo('claude-5', { messages: [q, assistant(thought), q] });
    expect(onlyThought.request.messages).toEqual([user({ text: 'q' }, { text: 'q' })]);
  });

  test('case 56: interleaved thinking keeps its place where the model may think between blocks', () => {
    const turn = assistant(said, thought, call('1'));
    const messages = [q, turn, user(result('1'))];
    expect(fitTo('claude-5', { messages, toolConfig: tools }).request.messages[1]).toEqual(turn);
    expect(fitTo('claude-4', { messages, toolConfig: tools }).request.messages[1]).toEqual(assistant(said, call('1')));
  });

  test('a begun answer with thinking in it is closed by the user: the model would refuse it as a beginning', () => {
    const { request } = fitTo('claude-4', { messages: [q, assistant(thought, said)] });
    expect(request.messages.at(-1)).toEqual(user({ text: 'Continue.' }));
  });
});

describe('prompt caching', () => {
  const point: ContentBlock & { cachePoint: object } = { cachePoint: { type: 'default' } };
  const hour: ContentBlock & { cachePoint: object } = { cachePoint: { type: 'default', ttl: '1h' } };
  const long = { text: 'word '.repeat(5000) };

  test('case 75: no cache point reaches a model without caching', () => {
    const { request, said } = fitTo('qwen3', { messages: [user({ text: 'q' }, point)] });
    expect(request.messages).toEqual([q]);
    expect(said).toEqual(['cache points adapted']);
  });

  test('case 78: the one-hour time is left out on old models', () => {
    expect(fitTo('claude-4', { messages: [user({ text: 'q' }, hour)] }).request.messages).toEqual([
      user({ text: 'q' }, point),
    ]);
    expect(fitTo('claude-4.5', { messages: [user({ text: 'q' }, hour)] }).request.messages).toEqual([
      user({ text: 'q' }, hour),
    ]);
  });

  test('case 79: never on Nova tools', () => {
    const { request } = fitTo('nova-1', { toolConfig: { tools: [spec('read'), { cachePoint: { type: 'default' } }] } });
    expect(request.toolConfig).toEqual(tools);
  });

  test('case 82: a long beginning is cached without being asked, a short one is not', () => {
    const { request, said } = fitTo('claude-5', { system: [long], messages: [q, assistant({ text: 'a' }), q] });
    expect(request.system).toEqual([long, point]);
    expect(request.messages).toEqual([
      user({ text: 'q' }, point),
      assistant({ text: 'a' }),
      user({ text: 'q' }, point),
    ]);
    expect(said).toEqual(['cache points added']);
    expect(fitTo('claude-5', { messages: [q, assistant({ text: 'a' }), q] }).said).toEqual([]);
    expect(fitTo('claude-5', { system: [long] }, {}, { settings: { autoCache: false } }).said).toEqual([]);
  });

  test('a first message is not written to the cache, because nothing may ever read it', () => {
    expect(fitTo('claude-5', { messages: [user(long)] }).said).toEqual([]);
  });

  test('the client’s own points win', () => {
    const { request } = fitTo('claude-5', { system: [long, point], messages: [q, assistant({ text: 'a' }), q] });
    expect(JSON.stringify(request).match(/cachePoint/g)).toHaveLength(1);
  });
});

test('a short chat is checked and fitted well under a tenth of a millisecond', () => {
  const info = infoOf('claude-5');
  const request: ConverseRequest = { system: [{ text: 'Be brief.' }], messages: [q, assistant({ text: 'a' }), q] };
  const round = () => accommodate(callFor(info, request));
  for (let warm = 0; warm < 2000; warm++) round();
  const ms = processorMs(() => {
    for (let times = 0; times < 2000; times++) round();
  });
  expect(ms / 2000).toBeLessThan(0.1);
});
