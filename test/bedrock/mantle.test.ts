import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answered } from '../../src/bedrock/connection.ts';
import { chunkFailure, httpFailure, type Whereabouts } from '../../src/bedrock/failures.ts';
import { mantleUpstream } from '../../src/bedrock/mantle.ts';
import { chunkReader } from '../../src/bedrock/mantle-events.ts';
import { mantleBody } from '../../src/bedrock/mantle-request.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Event, Served } from '../../src/converse/events.ts';
import { apiKey, startDemo } from '../sdk/running-demo.ts';
import { plainly, sampleCall } from './sample-call.ts';

let demo: Awaited<ReturnType<typeof startDemo>>;
let client: OpenAI;
beforeAll(async () => {
  demo = await startDemo();
  client = new OpenAI({ apiKey, baseURL: demo.baseUrl, maxRetries: 0 });
});
afterAll(() => demo.close());

const where: Whereabouts = { model: 'm', region: 'r', host: 'h', signIn: 's', now: 0, bodyBytes: 0 };
const served: Served = { model: 'm', region: 'r', changes: [] };
const chunk = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});

function read(chunks: readonly unknown[]): Event[] {
  const out: Event[] = [];
  const reader = chunkReader(served, (said) => chunkFailure(said, undefined, where));
  for (const one of chunks) reader.push(one, out);
  reader.finish(out);
  return out;
}

test.each(['openai.gpt-5.5', 'google.gemma-4-31b', 'deepseek.v3.1', 'zai.glm-4.6', 'xai.grok-4.3'])(
  '%s, which Converse does not serve, answers by its own route, whole and streamed',
  async (model) => {
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    const whole = await client.chat.completions.create({ model, messages });
    expect(whole.choices[0]?.message.content).toContain(`standing in for ${model}`);
    let text = '';
    const stream = await client.chat.completions.create({
      model,
      messages: [...messages],
      stream: true,
      temperature: 0,
    });
    for await (const piece of stream) text += piece.choices[0]?.delta.content ?? '';
    expect(text).toContain('demo model');
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);
  },
);

test('such models stand in the one list of models', async () => {
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(['openai.gpt-5.5', 'bedrock-sonnet']));
});

test('a tool goes round, by Responses too', async () => {
  const tools = [
    {
      type: 'function' as const,
      name: 'get_weather',
      description: 'Weather.',
      strict: false,
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ];
  const first = await client.responses.create({ model: 'zai.glm-4.6', input: 'What is the weather?', tools });
  const call = first.output.find((item) => item.type === 'function_call');
  const second = await client.responses.create({
    model: 'zai.glm-4.6',
    tools,
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'Dew' }],
  });
  expect(second.output_text).toContain('Dew');
});

test('call ids that are counters are made unique, random ones stay (pydantic/pydantic-ai#6536)', () => {
  const calls = (id: string) => [
    chunk({ tool_calls: [{ index: 0, id, function: { name: 'f', arguments: '' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }),
    chunk({}, 'tool_calls'),
  ];
  const idOf = (id: string) =>
    read(calls(id)).flatMap((event) => (event.type === 'open' && event.block.kind === 'tool' ? event.block.id : []));
  expect(idOf('call_0')[0]).toMatch(/^call_\w{24}$/);
  expect(idOf('call_0')).not.toEqual(idOf('call_0'));
  expect(idOf('chatcmpl-tool-0123456789abcdef')).toEqual(['chatcmpl-tool-0123456789abcdef']);
});

test('thinking, text and two calls become blocks of the grammar, one open at a time', () => {
  const events = read([
    chunk({ role: 'assistant', content: '' }),
    chunk({ reasoning: 'Hm.' }),
    chunk({ content: 'I ' }),
    chunk({ content: 'ask.' }),
    chunk({ tool_calls: [{ index: 0, id: 'a'.repeat(16), function: { name: 'f', arguments: '{"a"' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
    chunk({ tool_calls: [{ index: 1, id: 'b'.repeat(16), function: { name: 'g', arguments: '{}' } }] }),
    chunk({}, 'tool_calls'),
    { choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } } },
  ]);
  expect(events.map(({ type }) => type).join(' ')).toBe(
    'start open delta close open delta delta close open delta delta close open delta close end',
  );
  expect(events.at(-1)).toMatchObject({
    end: { stopReason: 'tool_use', usage: { inputTokens: 6, cacheReadInputTokens: 4, outputTokens: 5 } },
  });
});

test('a stream without a finish reason is no answer, and an error in it is an error', () => {
  expect(() => read([chunk({ content: 'half' })])).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
  expect(() => read([{ error: { message: 'capacity' } }])).toThrow('capacity');
  const quoting = () => read([{ error: { message: 'refused: Bearer abcdefgh12345678 of AKIAIOSFODNN7EXAMPLE' } }]);
  expect(quoting).toThrow('refused: Bearer [secret]');
  expect(quoting).not.toThrow(/abcdefgh12345678|AKIAIOSFODNN7EXAMPLE/);
});

test.each([
  ['rate_limit_exceeded', 'requests', 'upstream_limited'],
  [null, 'rate_limit_error', 'upstream_limited'],
  ['context_length_exceeded', 'invalid_request_error', 'context_length'],
  [null, 'invalid_request_error', 'invalid_request'],
  [503, 'x', 'upstream_unavailable'],
  [null, 'overloaded_error', 'upstream_unavailable'],
])('case 96: an error of the code %s and the type %s in the stream is %s', (code, type, meaning) => {
  expect(() => read([{ error: { message: 'no', code, type } }])).toThrow(expect.objectContaining({ code: meaning }));
});

test('case 96: an overflow that is refused at once is known by its code, and by its words', () => {
  const refused = (error: object) => httpFailure(400, {}, JSON.stringify({ error }), where).code;
  expect(refused({ message: 'no', code: 'context_length_exceeded' })).toBe('context_length');
  expect(refused({ message: "This model's maximum context length is 9.", code: 'validation_error' })).toBe(
    'context_length',
  );
});

const replying = (body: string): Answered => {
  const reads = [[Buffer.from(body)]];
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    next: async () => reads.shift(),
    release: () => {},
    region: 'r',
    requestId: undefined,
    where,
    refuseIdentity: () => {},
  };
};
const answering = (body: string) =>
  collect(mantleUpstream({ post: async () => replying(body) }, plainly, undefined)(sampleCall()));
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

test('an answer that said why it stopped is whole without [DONE], and with half of it', async () => {
  const whole = data(chunk({ content: 'Hi' })) + data(chunk({}, 'stop'));
  for (const end of ['', 'data: [DONE]', 'data: [D']) {
    const { blocks, end: ended } = await answering(whole + end);
    expect([blocks, ended.stopReason]).toEqual([[{ kind: 'text', text: 'Hi' }], 'end_turn']);
  }
  await expect(answering(data(chunk({ content: 'Hi' })))).rejects.toMatchObject({ code: 'upstream_truncated' });
});

test('errors that are words alone, or an event of their own, keep their words; a refusal is text', async () => {
  await expect(answering(data({ error: 'exploded' }))).rejects.toThrow('exploded');
  await expect(answering(`event: error\n${data({ message: 'burst', code: 500 })}`)).rejects.toThrow('burst');
  const { blocks } = await answering(data(chunk({ refusal: 'I will not.' })) + data(chunk({}, 'stop')));
  expect(blocks).toEqual([{ kind: 'text', text: 'I will not.' }]);
});

test('case 106: the stream is read at every split of its bytes, inside a character too', async () => {
  const lines = [chunk({ content: 'åß→😀' }), chunk({ content: ' ende' }, 'stop')];
  const body = Buffer.from(`${lines.map((line) => `data: ${JSON.stringify(line)}\n\n`).join('')}data: [DONE]\n\n`);
  for (let at = 0; at <= body.length; at++) {
    const reads = [[body.subarray(0, at)], [body.subarray(at)]];
    const reply: Answered = { ...replying(''), next: async () => reads.shift() };
    const answer = await collect(mantleUpstream({ post: async () => reply }, plainly, undefined)(sampleCall()));
    expect(answer.blocks).toEqual([{ kind: 'text', text: 'åß→😀 ende' }]);
  }
});

test('a guardrail is refused, because this endpoint would silently not apply it', () => {
  const guardrailConfig = { guardrailIdentifier: 'g', guardrailVersion: '1' };
  expect(() => mantleBody('m', { messages: [], guardrailConfig })).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  );
});
