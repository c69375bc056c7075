import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../../src/base/errors.ts';
import type { Event } from '../../../src/converse/events.ts';
import { openaiResponses } from '../../../src/wire/openai-responses/format.ts';
import {
  answerContext,
  answerOf,
  encode,
  encodeSplit,
  eventsOf,
  fetchStub,
  plainContext,
  sampleAnswers,
} from '../sample-answers.ts';
import { codexBody } from './codex.ts';
import { componentOf, eventsIn, expectPublished } from './published.ts';

const context = answerContext(openaiResponses.parse(codexBody, plainContext));
const { client_metadata, ...ask } = codexBody;

/** Answers with what only this dialect has: custom tools and namespaces. */
const answers = {
  ...sampleAnswers,
  'custom tool (case 35)': answerOf(
    [
      { kind: 'text', text: 'Patch:' },
      {
        kind: 'tool',
        id: 'tooluse_5',
        name: 'apply_patch',
        input: '{"input":"*** Begin Patch\\n+\\u00fc \\"x\\" 👋\\n"}',
      },
    ],
    'tool_use',
  ),
  'custom tool with another shape': answerOf(
    [{ kind: 'tool', id: 'tooluse_5', name: 'apply_patch', input: '{"patch":"x"}' }],
    'tool_use',
  ),
  'tool in a namespace': answerOf(
    [{ kind: 'tool', id: 'tooluse_6', name: 'mcp__files__read', input: '{"path":"a"}' }],
    'tool_use',
  ),
  'tool search': answerOf(
    [{ kind: 'tool', id: 'tooluse_9', name: 'tool_search', input: '{"query":"mail"}' }],
    'tool_use',
  ),
  'cut off in a custom tool': answerOf(
    [{ kind: 'tool', id: 'tooluse_7', name: 'apply_patch', input: '{"input":"*** Begin' }],
    'max_tokens',
  ),
  'whole call at the limit': answerOf(
    [{ kind: 'tool', id: 'tooluse_8', name: 'shell', input: '{"a":1}' }],
    'max_tokens',
  ),
  filtered: answerOf([{ kind: 'text', text: 'No' }], 'guardrail_intervened'),
};

const sseOf = (name: keyof typeof answers): string =>
  encode(openaiResponses.toStream(context), eventsOf(answers[name]));

const client = (sse: string) => new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: fetchStub(sse, 'text/event-stream') });

describe.each(Object.entries(answers))('%s', (name, answer) => {
  const events = eventsIn(sseOf(name as keyof typeof answers));
  const whole = openaiResponses.toResponse([answer], context);

  test('every event and the whole response are as OpenAI publishes them', () => {
    for (const event of events) expectPublished(componentOf(event.type), event);
    expectPublished('Response', whole);
  });

  test('the last event carries the same response as the whole answer', () => {
    expect(events.at(-1)?.['response']).toEqual(whole);
  });

  test('numbers rise by one, and created, in_progress come first', () => {
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
    expect(events.at(-1)?.type).toBe(`response.${String(whole['status'])}`);
  });

  test('the text is the same wherever a batch is cut', () => {
    const parts = eventsOf(answer);
    const text = encode(openaiResponses.toStream(context), parts);
    for (let cut = 1; cut < parts.length; cut++) {
      expect(encodeSplit(openaiResponses.toStream(context), parts, cut)).toBe(text);
    }
  });

  test('the official SDK folds the stream into the same response', async () => {
    const stream = client(sseOf(name as keyof typeof answers)).responses.stream(ask as never);
    const final = await stream.finalResponse();
    expect(JSON.parse(JSON.stringify(final))).toMatchObject({ id: 'resp_req1', status: whole['status'] });
    const shown = final.output.map(({ type, id }) => ({ type, id }));
    expect(shown).toEqual((whole['output'] as { type: string; id: string }[]).map(({ type, id }) => ({ type, id })));
  });
});

const typesOf = (name: keyof typeof answers) => eventsIn(sseOf(name)).map(({ type }) => type.replace('response.', ''));

test('a text comes as one message with one part', () => {
  expect([...new Set(typesOf('text'))]).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ]);
});

test('thinking comes as a reasoning item whose sealed content goes back as it was signed', () => {
  const events = eventsIn(sseOf('thinking'));
  expect(events.slice(2, 5).map(({ type }) => type)).toEqual([
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
  ]);
  const item = events.find(({ type }) => type === 'response.output_item.done')?.['item'];
  const again = openaiResponses.parse({ model: 'm', input: [{ role: 'user', content: 'x' }, item] }, plainContext);
  expect(openaiResponses.toConverse(again, plainContext).request.messages[1]?.content).toEqual([
    { reasoningContent: { reasoningText: { text: 'Let me think.', signature: 'c2lnbmVk' } } },
  ]);
});

test('encrypted content is given only to clients that ask for it', () => {
  const plain = { ...context, request: { ...context.request, include: [] } };
  expect(JSON.stringify(openaiResponses.toResponse([answers.thinking], plain))).not.toContain('encrypted');
});

test('case 35: a custom tool’s text leaves raw, in pieces, under its own name', () => {
  const events = eventsIn(sseOf('custom tool (case 35)'));
  const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta');
  expect(deltas.length).toBeGreaterThan(3);
  expect(deltas.map((event) => event['delta']).join('')).toBe('*** Begin Patch\n+ü "x" 👋\n');
  expect(events.at(-2)?.['item']).toMatchObject({
    type: 'custom_tool_call',
    call_id: 'tooluse_5',
    name: 'apply_patch',
    input: '*** Begin Patch\n+ü "x" 👋\n',
  });
});

test('case 35: a custom tool’s input of another shape leaves whole at the end, in deltas as in the item', () => {
  const events = eventsIn(sseOf('custom tool with another shape'));
  const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta');
  expect(deltas.map((event) => event['delta']).join('')).toBe('{"patch":"x"}');
  expect(events.at(-2)?.['item']).toMatchObject({ input: '{"patch":"x"}' });
});

test('thinking that is not shown has no summary, and its sealed content all the same', () => {
  const hidden: Event[] = [
    { type: 'open', index: 0, block: { kind: 'reasoning' } },
    { type: 'delta', index: 0, kind: 'reasoning', text: '' },
    { type: 'signature', index: 0, signature: 'c2lnbmVk' },
    { type: 'close', index: 0 },
  ];
  const around = eventsOf(answers.text);
  const parts = [...around.slice(0, 1), ...hidden, ...around.slice(-1)];
  const events = eventsIn(encode(openaiResponses.toStream(context), parts));
  expect(events.filter(({ type }) => type.includes('reasoning_summary'))).toEqual([]);
  const item = events.find(({ type }) => type === 'response.output_item.done')?.['item'];
  expect(item).toMatchObject({ type: 'reasoning', summary: [], encrypted_content: expect.any(String) });
});

test('a tool in a namespace gets both of its names back', () => {
  expect(eventsIn(sseOf('tool in a namespace')).at(-2)?.['item']).toMatchObject({
    namespace: 'mcp__files__',
    name: 'read',
  });
});

test('a search for tools is the client’s own item, and what it finds are tools from then on', () => {
  const item = eventsIn(sseOf('tool search')).at(-2)?.['item'];
  expect(item).toMatchObject({ type: 'tool_search_call', execution: 'client', arguments: { query: 'mail' } });
  const found = {
    type: 'tool_search_output',
    call_id: 'tooluse_9',
    execution: 'client',
    status: 'completed',
    tools: [{ type: 'namespace', name: 'mail', description: 'Mail.', tools: [{ type: 'function', name: 'send' }] }],
  };
  const next = openaiResponses.parse(
    { ...codexBody, input: [{ role: 'user', content: 'x' }, item, found] },
    plainContext,
  );
  const { request } = openaiResponses.toConverse(next, plainContext);
  expect(request.messages.slice(1)).toEqual([
    {
      role: 'assistant',
      content: [{ toolUse: { toolUseId: 'tooluse_9', name: 'tool_search', input: { query: 'mail' } } }],
    },
    {
      role: 'user',
      content: [{ toolResult: { toolUseId: 'tooluse_9', content: [{ text: 'Now available: mail__send.' }] } }],
    },
  ]);
  expect(request.toolConfig?.tools.at(-1)).toMatchObject({ toolSpec: { name: 'mail__send' } });
});

test('case 24: a call without arguments gets an empty object', () => {
  const done = eventsIn(sseOf('interleaved thinking and calls (case 56)')).filter(
    ({ type }) => type === 'response.function_call_arguments.done',
  );
  expect(done.map((event) => event['arguments'])).toEqual(['{"path":"a.ts"}', '{}']);
});

test.each(['cut off in a call (case 38)', 'cut off in a custom tool'] as const)(
  '%s: the call is never called done, because Codex would run it',
  (name) => {
    const events = eventsIn(sseOf(name));
    const done = events.filter(({ type }) => /call.*\.done$/.test(type) || type === 'response.output_item.done');
    expect(JSON.stringify(done)).not.toContain('tooluse_');
    const response = events.at(-1)?.['response'];
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect((response as { output: unknown[] }).output.at(-1)).toMatchObject({ status: 'incomplete' });
  },
);

test('usage counts the cache into the prompt (case 99), and guesses no share of thinking (case 62)', () => {
  expect(eventsIn(sseOf('text')).at(-1)?.['response']).toMatchObject({
    usage: {
      input_tokens: 1112,
      input_tokens_details: { cached_tokens: 1000, cache_write_tokens: 100 },
      output_tokens: 34,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 1146,
    },
  });
});

describe('case 90: a failure in mid-stream ends with response.failed and a code that Codex acts on', () => {
  test.each([
    [new ProxyError('context_length', 'prompt is too long'), 'context_length_exceeded', 'prompt is too long'],
    [
      new ProxyError('upstream_limited', 'Too many requests.', { retryAfterMs: 11_200 }),
      'rate_limit_exceeded',
      'Too many requests. Please try again in 12s.',
    ],
    [
      new ProxyError('upstream_limited', 'Too many tokens per day.', { exhausted: true }),
      'insufficient_quota',
      'Too many tokens per day.',
    ],
    [new ProxyError('upstream_unavailable', 'Busy.'), 'server_error', 'Busy.'],
    [
      new ProxyError('sign_in_needed', 'Signed out.', { fix: 'claude-bedrock auth login' }),
      'invalid_prompt',
      'Signed out. Fix: claude-bedrock auth login',
    ],
  ])('%s', (error, code, message) => {
    const encoder = openaiResponses.toStream(context);
    const text = encoder.push(eventsOf(answers.text).slice(0, 4), 0) + encoder.fail(error);
    const events = eventsIn(text);
    const last = events.at(-1);
    expect(last?.type).toBe('response.failed');
    expect(events.filter(({ type }) => type === 'response.created')).toHaveLength(1);
    expect(last?.['response']).toMatchObject({ status: 'failed', error: { code, message } });
  });

  test('before anything was sent, the stream is opened first', () => {
    const types = eventsIn(openaiResponses.toStream(context).fail(new ProxyError('timeout', 'Late.'))).map(
      ({ type }) => type,
    );
    expect(types).toEqual(['response.created', 'response.in_progress', 'response.failed']);
  });
});
