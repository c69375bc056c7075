import { expect, test } from 'vitest';
import { ignoredFields } from '../../../src/wire/openai-chat/ignored.ts';
import { changesOf, refusal, translate } from './chat.ts';

const sampling = (body: Record<string, unknown>) => translate(body).request.inferenceConfig;

test('limits and sampling go to inferenceConfig; the newer limit wins', () => {
  expect(sampling({})).toBeUndefined();
  expect(sampling({ max_tokens: 5, max_completion_tokens: 9, temperature: 0, top_p: 0.9 })).toEqual({
    maxTokens: 9,
    temperature: 0,
    topP: 0.9,
  });
  expect(sampling({ max_tokens: null, temperature: null, top_p: null, stop: null })).toBeUndefined();
});

test('case 43: a temperature above 1 is clamped and reported; outside 0 to 2 it is refused', () => {
  expect(sampling({ temperature: 1.7 })).toEqual({ temperature: 1 });
  expect(changesOf({ temperature: 1.7 })).toEqual(['temperature clamped to 1']);
  expect(changesOf({ temperature: 1 })).toEqual([]);
  expect(refusal({ temperature: 2.1 }).facts.param).toBe('temperature');
  expect(refusal({ temperature: -1 }).facts.param).toBe('temperature');
});

test('stop is a string or a list; a blank one is taken too, because only some models refuse it', () => {
  expect(sampling({ stop: 'END' })).toEqual({ stopSequences: ['END'] });
  expect(sampling({ stop: ['a', '\n'] })).toEqual({ stopSequences: ['a', '\n'] });
  expect(sampling({ stop: [] })).toBeUndefined();
  expect(changesOf({ stop: ['a', '\n'] })).toEqual([]);
});

test('case 48: n is the number of answers; it is never ignored', () => {
  expect(translate({}).choices).toBe(1);
  expect(translate({ n: 3 }).choices).toBe(3);
  expect(refusal({ n: 0 }).facts.param).toBe('n');
  expect(refusal({ n: 1.5 }).facts.param).toBe('n');
});

test('case 49: what Converse has no member for is ignored and reported, and refused in strict mode', () => {
  const wishes = {
    seed: 1,
    frequency_penalty: 0.5,
    presence_penalty: 0.5,
    logit_bias: { 1: 2 },
    logprobs: true,
    top_logprobs: 3,
    verbosity: 'low',
    web_search_options: {},
    moderation: {},
  };
  expect(changesOf(wishes)).toEqual(Object.keys(wishes).map((field) => `${field} ignored`));
  for (const [field, value] of Object.entries(wishes)) {
    const { code, facts } = refusal({ [field]: value }, { strict: true });
    expect([code, facts.param]).toEqual(['unsupported', field]);
  }
});

test('case 49: hints are reported in any mode, and refused in none', () => {
  const hints = {
    prediction: { type: 'content', content: 'x' },
    audio: { voice: 'x' },
    store: true,
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    prompt_cache_options: { mode: 'auto' },
  };
  const { changes } = translate(hints, { strict: true });
  expect(changes.map(({ what }) => what)).toEqual(Object.keys(hints).map((field) => `${field} ignored`));
});

test('defaults and nulls that clients send by habit are no wishes', () => {
  const habit = {
    frequency_penalty: 0,
    presence_penalty: 0,
    logit_bias: {},
    logprobs: false,
    store: false,
    verbosity: 'medium',
  };
  expect(translate(habit, { strict: true }).changes).toEqual([]);
  expect(changesOf(Object.fromEntries([...ignoredFields.keys()].map((field) => [field, null])))).toEqual([]);
});

test('audio answers and stored conversations are refused: the answer would be another', () => {
  expect(refusal({ modalities: ['text', 'audio'] }).facts.param).toBe('modalities');
  expect(refusal({ previous_response_id: 'resp_1' }).facts.param).toBe('previous_response_id');
  expect(changesOf({ modalities: ['text'] })).toEqual([]);
});

test('case 53: effort and thinking are options, whichever field says them', () => {
  const options = (body: Record<string, unknown>) => translate(body).options;
  expect(options({ reasoning_effort: 'xhigh' })).toEqual({ effort: 'xhigh' });
  expect(options({ reasoning: { effort: 'low', summary: 'auto' } })).toEqual({ effort: 'low' });
  expect(options({ reasoning_effort: 'high', reasoning: { effort: 'low' } })).toEqual({ effort: 'high' });
  expect(options({ reasoning: { max_tokens: 2000 } })).toEqual({ thinking: { type: 'enabled', budgetTokens: 2000 } });
  expect(options({ reasoning: { enabled: false } })).toEqual({ thinking: { type: 'disabled' } });
  expect(options({ thinking: { type: 'enabled', budget_tokens: 1024, display: 'summarized' } })).toEqual({
    thinking: { type: 'enabled', budgetTokens: 1024, display: 'summarized' },
  });
  expect(options({ thinking: { type: 'adaptive' }, top_k: 5 })).toEqual({ thinking: { type: 'adaptive' }, topK: 5 });
  expect(refusal({ reasoning_effort: 'huge' }).facts.param).toBe('reasoning_effort');
});

test('response_format becomes an option', () => {
  const schema = { type: 'object', properties: {} };
  const format = (response_format: unknown) => translate({ response_format }).options.responseFormat;
  expect(format({ type: 'text' })).toBeUndefined();
  expect(format({ type: 'json_object' })).toEqual({ type: 'json_object' });
  expect(format({ type: 'json_schema', json_schema: { name: 'n', description: 'd', schema, strict: true } })).toEqual({
    type: 'json_schema',
    name: 'n',
    description: 'd',
    schema,
    strict: true,
  });
  expect(refusal({ response_format: { type: 'json_schema' } }).facts.param).toBe('response_format.json_schema.schema');
  expect(refusal({ response_format: { type: 'xml' } }).facts.param).toBe('response_format.type');
});

test('service_tier goes to Bedrock where Bedrock has it', () => {
  const tier = (service_tier: string) => translate({ service_tier }).request.serviceTier;
  expect(tier('auto')).toBeUndefined();
  expect(tier('flex')).toEqual({ type: 'flex' });
  expect(tier('priority')).toEqual({ type: 'priority' });
  expect(tier('default')).toEqual({ type: 'default' });
  expect(tier('fast')).toEqual({ type: 'priority' });
  expect(tier('scale')).toBeUndefined();
  expect(changesOf({ service_tier: 'scale' })).toEqual(['service_tier ignored']);
  expect([tier('constructor'), changesOf({ service_tier: 'constructor' })]).toEqual([
    undefined,
    ['service_tier ignored'],
  ]);
});

test('case 103: metadata goes along where it is lawful; the rest is left out and reported', () => {
  const { request, changes } = translate({
    metadata: { cursorConversationId: 'abc-1', n: 5, bad: 'né', nested: {}, absent: null },
    user: 'ann@example.com',
    safety_identifier: 'x'.repeat(257),
  });
  expect(request.requestMetadata).toEqual({ cursorConversationId: 'abc-1', n: '5', user: 'ann@example.com' });
  expect(changes.map(({ what }) => what)).toEqual(['metadata: 3 left out']);
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 'v']));
  expect(Object.keys(translate({ metadata: many }).request.requestMetadata ?? {})).toHaveLength(16);
});

test('the model of the path wins, and a body without any is refused', () => {
  expect(translate({ model: 'body' }, { flavour: 'azure', pathModel: 'path' }).model).toBe('path');
  expect(translate({ model: undefined }, { flavour: 'azure', pathModel: 'path' }).model).toBe('path');
  expect(refusal({ model: undefined }).facts.param).toBe('model');
});

test('no change ever holds what the person wrote', () => {
  const { changes } = translate({
    messages: [{ role: 'user', name: 'SECRET', content: 'SECRET' }],
    metadata: { é: 'SECRET' },
  });
  expect(changes.length).toBeGreaterThan(0);
  expect(JSON.stringify(changes)).not.toContain('SECRET');
});
