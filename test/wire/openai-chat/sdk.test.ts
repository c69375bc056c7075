import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { ProxyError } from '../../../src/base/errors.ts';
import type { Answer } from '../../../src/converse/events.ts';
import { replay } from '../../../src/converse/replay.ts';
import { openaiChat } from '../../../src/wire/openai-chat/format.ts';
import { formatContext } from '../../golden/scenario.ts';
import { answerContext, answerOf, usage } from './chat.ts';

/* The official SDK as oracle: it builds the request and reads the answer; only its socket is replaced. */

function client(answer: Answer | ProxyError): OpenAI {
  return new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:9/v1',
    maxRetries: 0,
    fetch: async (_, init) => {
      const body: unknown = JSON.parse(String(init?.body));
      if (answer instanceof ProxyError) {
        const { status, body: error, headers } = openaiChat.toError(answer, formatContext);
        return new Response(JSON.stringify(error), {
          status,
          headers: { 'content-type': 'application/json', ...headers },
        });
      }
      const context = { ...answerContext(), request: openaiChat.parse(body, formatContext) };
      if (context.request.stream !== true) return Response.json(openaiChat.toResponse([answer], context));
      const stream = openaiChat.toStream(context).push(replay(answer), 0);
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
}

const messages = [{ role: 'user' as const, content: 'hi' }];
const tools = [{ type: 'function' as const, function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
const answer = answerOf(
  [
    { kind: 'reasoning', text: 'hm', signature: 's' },
    { kind: 'text', text: 'Hello 😀' },
    { kind: 'tool', id: 'a', name: 'f', input: '{"x":1}' },
    { kind: 'tool', id: 'b', name: 'f', input: '' },
  ],
  { stopReason: 'tool_use' },
);

test('the SDK reads a whole answer', async () => {
  const completion = await client(answer).chat.completions.create({ model: 'm', messages, tools });
  expect(completion.choices[0]?.message).toMatchObject({
    content: 'Hello 😀',
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
      { id: 'b', function: { arguments: '{}' } },
    ],
  });
  expect(completion.usage?.total_tokens).toBe(5);
});

test('the SDK’s stream helper builds the same message, and the usage', async () => {
  const stream = client(answer).chat.completions.stream({
    model: 'm',
    messages,
    tools,
    stream_options: { include_usage: true },
  });
  const final = await stream.finalChatCompletion();
  expect(final.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'Hello 😀',
      tool_calls: [
        { id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'b', function: { name: 'f', arguments: '{}' } },
      ],
    },
  });
  expect(final.usage).toMatchObject({ prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens });
});

test('the SDK parses structured output', async () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  };
  const completion = await client(answerOf([{ kind: 'text', text: '{"n":42}' }])).chat.completions.parse({
    model: 'm',
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } },
  });
  expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ n: 42 });
});

test('the SDK throws its own errors for ours', async () => {
  const failure = client(new ProxyError('context_length', 'Too long.')).chat.completions.create({
    model: 'm',
    messages,
  });
  await expect(failure).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  await expect(failure).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  const limited = client(new ProxyError('upstream_limited', 'Slow down.')).chat.completions.create({
    model: 'm',
    messages,
  });
  await expect(limited).rejects.toBeInstanceOf(OpenAI.RateLimitError);
});

test('case 90: the SDK throws on an error inside the stream', async () => {
  const encoder = openaiChat.toStream(answerContext());
  const text = encoder.push(replay(answer).slice(0, 4), 0) + encoder.fail(new ProxyError('upstream_truncated', 'Cut.'));
  const openai = new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:9/v1',
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true });
  await expect(
    (async () => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
    })(),
  ).rejects.toMatchObject({ code: 'upstream_truncated' });
});
