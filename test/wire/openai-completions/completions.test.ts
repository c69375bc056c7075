import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { openaiCompletions } from '../../../src/wire/openai-completions/format.ts';
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

const parse = (body: object) => openaiCompletions.parse({ model: 'm', prompt: 'Once upon', ...body }, plainContext);
const translate = (body: object, strict = false) =>
  openaiCompletions.toConverse(parse(body), { ...plainContext, strict });
const answer = answerOf([
  { kind: 'reasoning', text: 'Hm.' },
  { kind: 'text', text: ' a time' },
]);

test('a prompt becomes one turn that the model is told to continue, and that is told', () => {
  const { request, choices, changes } = translate({ max_tokens: 9, temperature: 0, stop: '\n\nEND', n: 2, user: 'u' });
  expect(request).toEqual({
    system: [{ text: expect.stringContaining('Continue') }],
    messages: [{ role: 'user', content: [{ text: 'Once upon' }] }],
    inferenceConfig: { maxTokens: 9, temperature: 0, stopSequences: ['\n\nEND'] },
    requestMetadata: { user: 'u' },
  });
  expect(choices).toBe(2);
  expect(changes.map(({ what }) => what)).toEqual(['prompt sent as a chat turn']);
});

test('a suffix makes it a gap to fill', () => {
  const { request } = translate({ prompt: 'f(', suffix: ')' });
  expect(request.messages[0]?.content).toEqual([{ text: '<before>f(</before>\n<after>)</after>' }]);
  expect(request.system).toEqual([{ text: expect.stringContaining('gap') }]);
});

test('what Converse has no field for is ignored and told, refused where the settings are strict', () => {
  const body = { logprobs: 2, seed: 1, best_of: 3, frequency_penalty: 0, presence_penalty: 1, logit_bias: {} };
  expect(
    translate(body)
      .changes.slice(1)
      .map(({ what }) => what)
      .sort(),
  ).toEqual(['best_of ignored', 'logprobs ignored', 'presence_penalty ignored', 'seed ignored']);
  expect(() => translate(body, true)).toThrow(expect.objectContaining({ code: 'unsupported' }));
});

test.each([[''], [['a', 'b']], [[1, 2]], [[[1], [2]]], [null]])('the prompt %j is refused', (prompt) => {
  expect(() => parse({ prompt })).toThrow(
    expect.objectContaining({ facts: expect.objectContaining({ param: 'prompt' }) }),
  );
});

test('a whole answer is its text, behind the prompt where echo asks for it', () => {
  expect(openaiCompletions.toResponse([answer], answerContext(parse({ echo: true })))).toMatchObject({
    id: 'cmpl-req1',
    object: 'text_completion',
    choices: [{ text: 'Once upon a time', index: 0, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1112, completion_tokens: 34, total_tokens: 1146 },
  });
});

test('the official SDK reads the stream; the text is the same wherever a batch is cut', async () => {
  const context = answerContext(parse({ stream: true, stream_options: { include_usage: true }, echo: true }));
  const events = eventsOf(answer);
  const sse = encode(openaiCompletions.toStream(context), events);
  for (let cut = 1; cut < events.length; cut++) {
    expect(encodeSplit(openaiCompletions.toStream(context), events, cut)).toBe(sse);
  }
  const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: fetchStub(sse, 'text/event-stream') });
  let text = '';
  const reasons: unknown[] = [];
  let total: number | undefined;
  for await (const chunk of await client.completions.create({ model: 'm', prompt: 'x', stream: true })) {
    text += chunk.choices[0]?.text ?? '';
    reasons.push(chunk.choices[0]?.finish_reason ?? null);
    total = chunk.usage?.total_tokens ?? total;
  }
  expect(text).toBe('Once upon a time');
  expect(reasons.filter((reason) => reason !== null)).toEqual(['stop']);
  expect(total).toBe(1146);
});

test('with n = 2 the stream closes after both have ended', () => {
  const encoder = openaiCompletions.toStream(answerContext(parse({ n: 2 })));
  expect(encoder.push(eventsOf(sampleAnswers.text), 1)).not.toContain('[DONE]');
  expect(encoder.push(eventsOf(sampleAnswers.text), 0).endsWith('data: [DONE]\n\n')).toBe(true);
});
