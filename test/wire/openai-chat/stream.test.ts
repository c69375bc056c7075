import { expect, test } from 'vitest';
import { ProxyError } from '../../../src/base/errors.ts';
import type { Answer, Block, StopReason } from '../../../src/converse/events.ts';
import { replay } from '../../../src/converse/replay.ts';
import { openaiChat } from '../../../src/wire/openai-chat/format.ts';
import { answerContext, answerOf, folded, messageOf, streamedChunks, usage } from './chat.ts';
import { expectPublished } from './published.ts';

const text = (words: string): Block => ({ kind: 'text', text: words });
const tool = (id: string, input: string, name = 'f'): Block => ({ kind: 'tool', id, name, input });
const reasonOf = (answer: Answer, body = {}): unknown[] => {
  const context = answerContext(body);
  const [choice] = openaiChat.toResponse([answer], context)['choices'] as { finish_reason: string }[];
  return [folded(answer, context).reason, choice?.finish_reason];
};

test('case 24: a tool without arguments gives {} in the stream and in the whole answer', () => {
  for (const input of ['', ' ']) {
    const answer = answerOf([tool('a', input)], { stopReason: 'tool_use' });
    expect(JSON.parse(folded(answer).calls[0]?.arguments ?? '')).toEqual({});
    expect(messageOf(answer)['tool_calls']).toMatchObject([{ function: { arguments: '{}' } }]);
  }
});

test('case 38: a call cut off in its JSON ends with length, whatever the stop reason says', () => {
  for (const stopReason of ['max_tokens', 'tool_use', 'end_turn'] as const) {
    expect(reasonOf(answerOf([tool('a', '{"x":'), tool('b', '{}')], { stopReason }))).toEqual(['length', 'length']);
  }
  expect(reasonOf(answerOf([tool('a', '{}')], { stopReason: 'max_tokens' }))).toEqual(['length', 'length']);
});

test('case 39: tool indices are dense, 0-based and count tools only', () => {
  const { calls, deltas } = folded(answerOf([text('a'), tool('x', '{"n":1}'), text('b'), tool('y', '{"n":2}', 'g')]));
  expect(calls).toEqual([
    { id: 'x', name: 'f', arguments: '{"n":1}' },
    { id: 'y', name: 'g', arguments: '{"n":2}' },
  ]);
  expect(deltas.filter((delta) => 'tool_calls' in delta)[0]).toEqual({
    tool_calls: [{ index: 0, id: 'x', type: 'function', function: { name: 'f', arguments: '' } }],
  });
});

test('case 40: the finish reason follows the blocks present', () => {
  expect(reasonOf(answerOf([tool('a', '{}')], { stopReason: 'end_turn' }))).toEqual(['tool_calls', 'tool_calls']);
  expect(reasonOf(answerOf([text('a')], { stopReason: 'tool_use' }))).toEqual(['stop', 'stop']);
});

test('every stop reason has its finish reason', () => {
  const reasons: Record<StopReason, string> = {
    end_turn: 'stop',
    stop_sequence: 'stop',
    tool_use: 'stop',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    guardrail_intervened: 'content_filter',
    content_filtered: 'content_filter',
    refusal: 'content_filter',
  };
  for (const [stopReason, reason] of Object.entries(reasons)) {
    expect(reasonOf(answerOf([text('x')], { stopReason: stopReason as StopReason }))).toEqual([reason, reason]);
  }
});

test('case 95: what the guardrail said is passed on', () => {
  const { text: shown, reason } = folded(answerOf([text('Blocked.')], { stopReason: 'guardrail_intervened' }));
  expect([shown, reason]).toEqual(['Blocked.', 'content_filter']);
});

test("case 90: a failure is OpenAI's error event, with no [DONE] and no finish", () => {
  const encoder = openaiChat.toStream(answerContext());
  const begun = encoder.push(replay(answerOf([text('half')])).slice(0, 3), 0);
  const failure = encoder.fail(new ProxyError('upstream_truncated', 'The model stopped.', { fix: 'try again' }));
  expect(begun + failure).not.toContain('[DONE]');
  expect(begun + failure).not.toContain('"finish_reason":"');
  const body: unknown = JSON.parse(failure.slice(6));
  expectPublished('ErrorResponse', body);
  expect(body).toMatchObject({ error: { message: 'The model stopped. Fix: try again', code: 'upstream_truncated' } });
  expect(failure.endsWith('\n\n')).toBe(true);
});

test('cases 62 and 99: prompt tokens hold cache reads and writes, and no share of thinking is guessed, streamed and not', () => {
  const cached = { ...usage, cacheReadInputTokens: 100, cacheWriteInputTokens: 20, totalTokens: 125 };
  const answer = answerOf([text('x')], { usage: cached });
  const context = answerContext({ stream_options: { include_usage: true } });
  const counted = {
    prompt_tokens: 123,
    completion_tokens: 2,
    total_tokens: 125,
    prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20 },
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 20,
  };
  expect(openaiChat.toResponse([answer], context)['usage']).toEqual(counted);
  expect(streamedChunks([answer], context).at(-1)).toMatchObject({ choices: [], usage: counted });
});

test('case 100: the usage chunk comes only when asked for, and the others then carry null', () => {
  const answer = answerOf([text('x')]);
  for (const chunk of streamedChunks([answer], answerContext())) expect(chunk).not.toHaveProperty('usage');
  const chunks = streamedChunks([answer], answerContext({ stream_options: { include_usage: true } }));
  expect(chunks.slice(0, -1).every((chunk) => chunk['usage'] === null)).toBe(true);
  expect(chunks.at(-1)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
});

test('case 111: Cursor always gets the usage chunk, for its context meter', () => {
  const chunks = streamedChunks([answerOf([text('x')])], answerContext({}, { flavour: 'cursor' }));
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 5 } });
});

test('case 111: whatever word Bedrock ends with, Cursor reads one of OpenAI’s, and calls end with tool_calls', () => {
  const context = answerContext({}, { flavour: 'cursor' });
  const reasons = ['end_turn', 'tool_use', 'stop_sequence', 'refusal', 'model_context_window_exceeded'] as const;
  for (const stopReason of reasons) {
    const finish = (answer: Answer) => folded(answer, context).reason;
    const said = finish(answerOf([text('x')], { stopReason }));
    expect(['stop', 'length', 'content_filter']).toContain(said);
    if (stopReason !== 'model_context_window_exceeded' && stopReason !== 'refusal')
      expect(finish(answerOf([text('x'), tool('a', '{}')], { stopReason }))).toBe('tool_calls');
  }
});

test('an answer whose usage is unknown says none, and no zeros', () => {
  const { usage: _, ...end } = answerOf([]).end;
  const answer: Answer = { ...answerOf([text('x')]), end };
  const context = answerContext({ stream_options: { include_usage: true } });
  expect(openaiChat.toResponse([answer], context)).not.toHaveProperty('usage');
  expect(streamedChunks([answer], context).at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
});

test('case 48: several choices keep their index, and [DONE] waits for the last', () => {
  const context = answerContext({ n: 2, stream_options: { include_usage: true } });
  const encoder = openaiChat.toStream(context);
  const first = replay(answerOf([text('one')]));
  const second = replay(answerOf([text('two'), tool('a', '{}')]));
  let stream = encoder.push(second.slice(0, 3), 1) + encoder.push(first, 0);
  expect(stream).not.toContain('[DONE]');
  stream += encoder.push(second.slice(3), 1);
  expect(stream.match(/\[DONE\]/g)).toHaveLength(1);
  expect(stream).toContain('{"index":1,"delta":{"content":"two"}');
  expect(stream).toContain('{"index":0,"delta":{"content":"one"}');
  expect(stream).toContain('"prompt_tokens":6');
  const whole = openaiChat.toResponse([answerOf([text('one')]), answerOf([text('two'), tool('a', '{}')])], context);
  expect(whole).toMatchObject({
    choices: [
      { index: 0, finish_reason: 'stop' },
      { index: 1, finish_reason: 'tool_calls' },
    ],
    usage: { prompt_tokens: 6, completion_tokens: 4 },
  });
  expectPublished('CreateChatCompletionResponse', whole);
});

test('case 37: legacy functions are answered by one function_call', () => {
  const context = answerContext({ functions: [{ name: 'f', parameters: {} }] });
  const answer = answerOf([tool('a', '{"x":1}'), tool('b', '{}')], { stopReason: 'tool_use' });
  expect(messageOf(answer, context)).toEqual({
    role: 'assistant',
    content: null,
    refusal: null,
    function_call: { name: 'f', arguments: '{"x":1}' },
  });
  const { deltas, reason, calls } = folded(answer, context);
  expect([reason, calls]).toEqual(['function_call', []]);
  expect(deltas.filter((delta) => 'function_call' in delta)).toEqual([
    { function_call: { name: 'f', arguments: '' } },
    { function_call: { arguments: '{"x":1}' } },
  ]);
});

test('case 35: a custom tool’s call goes back as raw text; nested declarations get OpenAI’s own shape when not streamed', () => {
  const patch = '*** Begin Patch\n"x" 😀\n*** End Patch';
  const answer = answerOf([tool('a', JSON.stringify({ input: patch }), 'ApplyPatch')], { stopReason: 'tool_use' });
  const flat = answerContext({ tools: [{ type: 'custom', name: 'ApplyPatch' }] });
  const nested = answerContext({ tools: [{ type: 'custom', custom: { name: 'ApplyPatch' } }] });
  expect(messageOf(answer, flat)['tool_calls']).toEqual([
    { id: 'a', type: 'function', function: { name: 'ApplyPatch', arguments: patch } },
  ]);
  expect(messageOf(answer, nested)['tool_calls']).toEqual([
    { id: 'a', type: 'custom', custom: { name: 'ApplyPatch', input: patch } },
  ]);
  for (const context of [flat, nested]) {
    expect(folded(answer, context)).toMatchObject({
      calls: [{ id: 'a', name: 'ApplyPatch', arguments: patch }],
      reason: 'tool_calls',
    });
  }
});

test('case 74: citations become annotations where they have an address, and stay beside otherwise', () => {
  const web = { title: 'Site', location: { web: { url: 'https://example.com', domain: 'example.com' } } };
  const page = { title: 'Doc', location: { documentPage: { documentIndex: 0, start: 1, end: 2 } } };
  const answer = answerOf([text('Hi. '), { kind: 'text', text: 'Cited.', citations: [web, page] }]);
  const fields = {
    annotations: [
      {
        type: 'url_citation',
        url_citation: { start_index: 4, end_index: 10, title: 'Site', url: 'https://example.com' },
      },
    ],
    citations: [page],
  };
  expect(messageOf(answer)).toMatchObject({ content: 'Hi. Cited.', ...fields });
  expect(folded(answer).deltas).toContainEqual(fields);
});

test('blocks that the chat format has no name for are handed on', () => {
  const answer = answerOf([{ kind: 'other', value: { image: { format: 'png' } } }, text('x')]);
  expect(messageOf(answer)['bedrock_content']).toEqual([{ image: { format: 'png' } }]);
  expect(folded(answer).deltas).toContainEqual({ bedrock_content: [{ image: { format: 'png' } }] });
});

test('ids and fingerprints are stable, and hold nothing but what OpenAI’s hold', () => {
  const answer = answerOf([text('x')], { serviceTier: 'flex' });
  const context = { ...answerContext(), requestId: 'req_abc/"x"\n' };
  const whole = openaiChat.toResponse([answer], context);
  expect(whole).toMatchObject({ id: 'chatcmpl-abcx', service_tier: 'flex' });
  expect(whole['system_fingerprint']).toMatch(/^fp_[0-9a-f]{8}$/);
  const chunks = streamedChunks([answer], context);
  for (const chunk of chunks) {
    expect(chunk).toMatchObject({
      id: whole['id'],
      system_fingerprint: whole['system_fingerprint'],
      created: 1_790_000_000,
    });
    expectPublished('CreateChatCompletionStreamResponse', chunk);
  }
  expect(chunks.at(-1)).toMatchObject({ service_tier: 'flex' });
});

test('nothing is written after the end, and an answer without blocks is an empty string', () => {
  const encoder = openaiChat.toStream(answerContext());
  encoder.push(replay(answerOf([])), 0);
  expect(encoder.push(replay(answerOf([text('late')])), 0)).toBe('');
  expect(encoder.push(replay(answerOf([text('no such choice')])), 7)).toBe('');
  expect(messageOf(answerOf([]))['content']).toBe('');
});
