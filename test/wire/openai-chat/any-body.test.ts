import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../../../src/base/errors.ts';
import { isObject } from '../../../src/base/json.ts';
import { openaiChat } from '../../../src/wire/openai-chat/format.ts';
import { formatContext, scenarios } from '../../golden/scenario.ts';

const seeds: unknown[] = scenarios.map((name) =>
  JSON.parse(readFileSync(`test/golden/${name}/chat.request.json`, 'utf8')),
);

/** Every place inside a JSON value. */
function places(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item, index) => places(item, [...at, index]))];
  if (isObject(value)) return [at, ...Object.entries(value).flatMap(([key, item]) => places(item, [...at, key]))];
  return [at];
}

function withReplaced(value: unknown, at: readonly (string | number)[], other: unknown): unknown {
  const [step, ...rest] = at;
  if (step === undefined) return other;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? withReplaced(item, rest, other) : item));
  return isObject(value) ? { ...value, [step]: withReplaced(value[step], rest, other) } : value;
}

const body = fc.tuple(fc.constantFrom(...seeds), fc.nat(), fc.jsonValue({ maxDepth: 2 })).map(([seed, pick, other]) => {
  const all = places(seed);
  return withReplaced(seed, all[pick % all.length] ?? [], other);
});

test('a body with anything anywhere is translated or refused with a sentence, and never an accident', () => {
  fc.assert(
    fc.property(body, (odd) => {
      try {
        openaiChat.toConverse(openaiChat.parse(odd, formatContext), formatContext);
      } catch (error) {
        if (!(error instanceof ProxyError)) throw error;
        expect(['invalid_request', 'unsupported']).toContain(error.code);
        expect(error.facts.param).toBeTruthy();
        expect(error.publicMessage).toMatch(/^[A-Z'].*\.$/s);
      }
    }),
    { numRuns: 600 },
  );
});

test('what the person wrote is in the Converse request, wherever it stood', () => {
  const word = fc.stringMatching(/^[a-z]{12}$/);
  const message = (words: string) =>
    fc.constantFrom<Record<string, unknown>>(
      { role: 'user', content: words },
      { role: 'user', content: [{ type: 'text', text: words }] },
      { role: 'user', content: [{ type: 'input_text', text: words }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: words }] },
      { role: 'system', content: words },
      { role: 'developer', content: [{ type: 'text', text: words }] },
      { role: 'assistant', content: words },
      { role: 'assistant', content: null, refusal: words },
      { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: words } }] },
      { role: 'assistant', function_call: { name: 'f', arguments: JSON.stringify({ words }) } },
      { role: 'tool', tool_call_id: 'a', content: words },
      { role: 'function', name: 'f', content: words },
    );
  fc.assert(
    fc.property(
      fc
        .uniqueArray(word, { minLength: 1, maxLength: 6 })
        .chain((words) => fc.tuple(fc.constant(words), fc.tuple(...words.map(message)))),
      ([words, messages]) => {
        const { request } = openaiChat.toConverse(
          openaiChat.parse({ model: 'm', messages }, formatContext),
          formatContext,
        );
        const text = JSON.stringify(request);
        const found = words.map((each) => text.indexOf(each));
        expect(found).not.toContain(-1);
      },
    ),
  );
});
