import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ProxyError } from '../../../src/base/errors.ts';
import { openaiResponses } from '../../../src/wire/openai-responses/format.ts';
import { answerContext, answerOf, encode, eventsOf, plainContext } from '../sample-answers.ts';
import { eventsIn } from './published.ts';

/* What the compliance suite of Open Responses checks of every response, running, finished or failed: one member that is
 * missing, or null where a number stands, fails each of its tests (openresponses/openresponses, version 2026-04-24). */

const item = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: z.string(),
    role: z.literal('assistant'),
    status: z.enum(['in_progress', 'completed', 'incomplete']),
    content: z.array(z.object({ type: z.literal('output_text'), text: z.string(), annotations: z.array(z.unknown()) })),
  }),
  z.object({
    type: z.literal('function_call'),
    id: z.string(),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    status: z.enum(['in_progress', 'completed', 'incomplete']),
  }),
  z.object({ type: z.literal('reasoning'), id: z.string(), summary: z.array(z.unknown()) }),
]);

const fn = z.object({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullable(),
  parameters: z.record(z.string(), z.unknown()).nullable(),
  strict: z.boolean().nullable(),
});

const resource = z.object({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: z.int().nullable(),
  status: z.string(),
  incomplete_details: z.object({ reason: z.string() }).nullable(),
  model: z.string(),
  previous_response_id: z.string().nullable(),
  instructions: z.string().nullable(),
  output: z.array(item),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  tools: z.array(fn),
  tool_choice: z.union([
    z.enum(['none', 'auto', 'required']),
    z.object({ type: z.literal('function'), name: z.string() }),
    z.object({ type: z.literal('allowed_tools'), tools: z.array(z.unknown()), mode: z.enum(['auto', 'required']) }),
  ]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.object({ format: z.object({ type: z.string() }), verbosity: z.enum(['low', 'medium', 'high']).optional() }),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  temperature: z.number(),
  reasoning: z.object({ effort: z.string().nullable(), summary: z.string().nullable() }).nullable(),
  usage: z
    .object({
      input_tokens: z.int(),
      output_tokens: z.int(),
      total_tokens: z.int(),
      input_tokens_details: z.object({ cached_tokens: z.int() }),
      output_tokens_details: z.object({ reasoning_tokens: z.int() }),
    })
    .nullable(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
});

const bare = { type: 'function', name: 'time' };
const bodies = {
  'nothing but an input': {},
  'every member null': Object.fromEntries(
    ['temperature', 'top_p', 'tools', 'tool_choice', 'text', 'metadata', 'reasoning', 'safety_identifier'].map(
      (name) => [name, null],
    ),
  ),
  'a bare function': { tools: [bare] },
  'a forced function': { tools: [bare], tool_choice: { type: 'function', name: 'time' } },
  'allowed tools without a mode': { tools: [bare], tool_choice: { type: 'allowed_tools', tools: [bare] } },
  'a schema without a name': { text: { format: { type: 'json_schema', schema: { type: 'object' } } } },
};

const end = { latencyMs: 2_600, serviceTier: 'flex' };
const answers = {
  text: answerOf([{ kind: 'text', text: 'Hello there, you.' }], 'end_turn', end),
  thought: answerOf(
    [
      { kind: 'reasoning', text: 'Hm.', signature: 'c2ln' },
      { kind: 'text', text: 'So.' },
    ],
    'end_turn',
    end,
  ),
  call: answerOf([{ kind: 'tool', id: 'tooluse_1', name: 'time', input: '{}' }], 'tool_use', end),
  'cut off': answerOf([{ kind: 'text', text: 'Hel' }], 'max_tokens', end),
};

const contextOf = (more: object) =>
  answerContext(openaiResponses.parse({ model: 'bedrock-sonnet', input: 'Hi', ...more }, plainContext));

describe.each(Object.entries(bodies))('%s', (_, body) => {
  const context = contextOf(body);

  test.each(Object.entries(answers))(
    '%s: every response of the stream, and the whole one, has all members',
    (_, answer) => {
      const events = eventsIn(encode(openaiResponses.toStream(context), eventsOf(answer)));
      const told = events.flatMap((event) => (event['response'] ? [event['response']] : []));
      expect(told).toHaveLength(3);
      for (const response of [...told, openaiResponses.toResponse([answer], context)]) resource.parse(response);
    },
  );

  test('a failed one has them too', () => {
    const failure = new ProxyError('upstream_unavailable', 'Bedrock is down.');
    const events = eventsIn(openaiResponses.toStream(context).fail(failure));
    expect(events.map(({ type }) => type)).toEqual(['response.created', 'response.in_progress', 'response.failed']);
    for (const event of events) resource.parse(event['response']);
  });
});

test('a response is completed after what the model took, and not before it is whole', () => {
  const context = contextOf({});
  expect(openaiResponses.toResponse([answers.text], context)).toMatchObject({ completed_at: context.created + 3 });
  expect(openaiResponses.toResponse([answers['cut off']], context)).toMatchObject({ completed_at: null });
});

test('the tier is the one asked for while it runs, and the one that served at the end', () => {
  const events = eventsIn(encode(openaiResponses.toStream(contextOf({})), eventsOf(answers.text)));
  const tiers = events.flatMap(({ response }) => (response ? [resource.parse(response).service_tier] : []));
  expect(tiers).toEqual(['auto', 'auto', 'flex']);
  const asked = openaiResponses.toStream(contextOf({ service_tier: 'priority' })).push(eventsOf(answers.text), 0);
  expect(asked).toContain('"service_tier":"priority"');
  const unknown = openaiResponses.toResponse([answerOf([{ kind: 'text', text: 'x' }])], contextOf({}));
  expect(unknown).toMatchObject({ service_tier: 'default' });
});

test('what the request said is repeated, and penalties that Converse has not are told', () => {
  const said = { safety_identifier: 'user-7', prompt_cache_key: 'thread-1', temperature: 0.3, top_p: 0.9 };
  const context = contextOf({ ...said, presence_penalty: 0.5, frequency_penalty: 0 });
  expect(openaiResponses.toResponse([answers.text], context)).toMatchObject({ ...said, presence_penalty: 0 });
  const { changes } = openaiResponses.toConverse(context.request, plainContext);
  expect(changes.map(({ what }) => what).filter((what) => what.includes('penalty'))).toEqual([
    'presence_penalty ignored',
  ]);
});
