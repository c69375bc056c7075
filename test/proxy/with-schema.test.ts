import { expect, test } from 'vitest';
import type { Call, Upstream } from '../../src/converse/call.ts';
import { collect } from '../../src/converse/collect.ts';
import type { Answer, Event } from '../../src/converse/events.ts';
import type { ResponseFormat } from '../../src/converse/options.ts';
import { replay } from '../../src/converse/replay.ts';
import { withSchema } from '../../src/proxy/with-schema.ts';
import { aCall, anAnswer } from './call-fixture.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string', pattern: '^[A-Z]' }, days: { type: 'array', items: { minimum: 1 } } },
  required: ['city'],
};
const format: ResponseFormat = { type: 'json_schema', name: 'weather', schema, strict: true };
const good = '{"city":"Oslo","days":[1,2]}';
const bad = '{"city":"Oslo","days":[1,0]}';

/** An upstream that gives these answers in turn, event by event, and keeps the calls. */
function answering(...answers: (string | Answer)[]): { upstream: Upstream; calls: Call[] } {
  const calls: Call[] = [];
  const upstream: Upstream = async function* (call) {
    const answer = answers[calls.push(call) - 1];
    if (answer === undefined) throw new Error('asked too often');
    for (const event of replay(typeof answer === 'string' ? anAnswer(answer) : answer)) yield [event];
  };
  return { upstream, calls };
}

const asking = (responseFormat: ResponseFormat | undefined, stream = false): Call =>
  aCall({ stream, options: responseFormat ? { responseFormat } : {} });

const textOf = ({ blocks }: Answer) => blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');

test('case 64: an answer that fits passes as it came, by keywords that Bedrock refuses too', async () => {
  const { upstream, calls } = answering(good);
  expect(textOf(await collect(withSchema()(upstream)(asking(format))))).toBe(good);
  expect(calls).toHaveLength(1);
});

test('case 64: one that does not fit is asked for once more with its fault named; both count', async () => {
  const { upstream, calls } = answering(bad, good);
  const answer = await collect(withSchema()(upstream)(asking(format)));
  expect(textOf(answer)).toBe(good);
  const one = anAnswer('').end.usage?.outputTokens ?? 0;
  expect(answer.end.usage?.outputTokens).toBe(2 * one);
  const [, second] = calls;
  expect(second?.request.messages.slice(-2)).toEqual([
    { role: 'assistant', content: [{ text: bad }] },
    { role: 'user', content: [{ text: expect.stringContaining('/days/1') }] },
  ]);
  expect(second?.changes.map(({ what }) => what)).toContain('answer asked for again');
});

test('case 67: after the second failure the call fails, with the pointer', async () => {
  const { upstream, calls } = answering('Sure! Here it is.', '{"days":[]}');
  await expect(collect(withSchema()(upstream)(asking(format)))).rejects.toMatchObject({
    code: 'upstream_rejected',
    publicMessage: expect.stringMatching(/does not fit .*city.* asked twice/),
  });
  expect(calls).toHaveLength(2);
});

test('case 67: json_object wants one object', async () => {
  const { upstream } = answering('[1]', '{"a":1}');
  expect(textOf(await collect(withSchema()(upstream)(asking({ type: 'json_object' }))))).toBe('{"a":1}');
});

test('a streamed answer that does not fit ends in an error, its words given out and its end withheld', async () => {
  const { upstream, calls } = answering(bad);
  const seen: Event[] = [];
  const reading = (async () => {
    for await (const batch of withSchema()(upstream)(asking(format, true))) seen.push(...batch);
  })();
  await expect(reading).rejects.toMatchObject({ publicMessage: expect.stringContaining('/days/1') });
  expect(seen.map(({ type }) => type)).toEqual(['start', 'open', 'delta', 'close']);
  expect(calls).toHaveLength(1);
});

test('an answer that calls tools, was cut off or was refused is none yet', async () => {
  const call = { kind: 'tool' as const, id: 'a', name: 'f', input: '{}' };
  for (const answer of [
    anAnswer('', { blocks: [call], end: { stopReason: 'tool_use' } }),
    anAnswer('{"ci', { end: { stopReason: 'max_tokens' } }),
    anAnswer('No.', { end: { stopReason: 'refusal' } }),
  ]) {
    const { upstream } = answering(answer);
    expect((await collect(withSchema()(upstream)(asking(format)))).end.stopReason).toBe(answer.end.stopReason);
  }
});

test('nothing at all happens without a format, or where a near miss will do', () => {
  const stream = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true as const, value: undefined }) }) };
  const layer = withSchema()(() => stream);
  expect(layer(asking(undefined))).toBe(stream);
  expect(layer(asking({ ...format, strict: false }))).toBe(stream);
});

test('a schema that cannot be followed says nothing of the answer', async () => {
  const odd: ResponseFormat = { ...format, schema: { $ref: '#/nowhere' } };
  const { upstream, calls } = answering(good);
  expect(textOf(await collect(withSchema()(upstream)(asking(odd))))).toBe(good);
  expect(calls).toHaveLength(1);
});

test('a type that JSON Schema does not know is no bound: else no answer could ever fit', async () => {
  const foreign = {
    type: 'OBJECT',
    properties: { city: { type: 'STRING' }, any: { type: 'any' } },
    required: ['city'],
  };
  const { upstream, calls } = answering('{"city":1}', '{"city":"Oslo","any":[1]}');
  const answer = await collect(withSchema()(upstream)(asking({ ...format, schema: foreign })));
  expect(textOf(answer)).toBe('{"city":"Oslo","any":[1]}');
  expect(calls).toHaveLength(2);
});
