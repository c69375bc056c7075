import { describe, expect, test } from 'vitest';
import { accommodate } from '../../src/bedrock/accommodate.ts';
import { unfenced } from '../../src/bedrock/code-fence.ts';
import { collector } from '../../src/converse/collect.ts';
import type { Event } from '../../src/converse/events.ts';
import type { ModelOptions } from '../../src/converse/options.ts';
import { withSchema } from '../../src/proxy/with-schema.ts';
import { callFor, infoOf } from './calls.ts';

const json = '{"a": "``` `x` ```", "b": [1]}';
const fences = [
  '```json\n@\n```',
  '```\n@\n```\n',
  '\n ```JSON\r\n@\r\n``` \n',
  '```json @```',
  '```json@```',
  '```json\n@', // cut off, or never closed
];

function pieces(cuts: readonly string[]): { out: string[]; whole: string } {
  const stream = unfenced();
  const out = cuts.map((text) => stream.push(text));
  return { out, whole: out.join('') + stream.end() };
}

describe('case 67: JSON in a code fence', () => {
  test.each(fences)('%j is bare JSON, wherever it is split', (fence) => {
    const text = fence.replace('@', json);
    for (let at = 0; at <= text.length; at++) {
      expect(pieces([text.slice(0, at), text.slice(at)]).whole.trim()).toBe(json);
    }
    expect(pieces([...text]).whole.trim()).toBe(json);
  });

  test.each([json, '[]', '', ' ', '`', '``', 'prose ```json\n{}\n```', '{"a":1}\n```'])(
    '%j is not in a fence and stays as it is',
    (text) => {
      for (let at = 0; at <= text.length; at++) expect(pieces([text.slice(0, at), text.slice(at)]).whole).toBe(text);
    },
  );

  test('nothing more is held back than may be a fence', () => {
    expect(pieces(['{', '"a"', ':`', '1}']).out).toEqual(['{', '"a"', ':`', '1}']);
    expect(pieces(['```', 'json', '\n', '{"a":', '"``', '"', '}', '\n`', '``']).out).toEqual([
      '',
      '',
      '',
      '{"a":',
      '"',
      '``"',
      '}',
      '',
      '',
    ]);
  });
});

describe('case 67: an answer to a JSON wish', () => {
  const wish: ModelOptions = { responseFormat: { type: 'json_object' } };
  const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
  const schemaWish: ModelOptions = { responseFormat: { type: 'json_schema', name: 'x', schema } };
  const answer: Event[] = [
    { type: 'start', served: { model: 'm', region: 'r', changes: [] } },
    { type: 'open', index: 0, block: { kind: 'text' } },
    ...['``', '`json\n', json, '\n``', '`'].map((text): Event => ({ type: 'delta', index: 0, kind: 'text', text })),
    { type: 'close', index: 0 },
    { type: 'end', end: { stopReason: 'end_turn' } },
  ];

  test.each([
    ['streamed', 'json_object', 'claude-5', wish],
    ['whole', 'json_object', 'claude-5', wish],
    ['streamed', 'json_schema by a tool that was not called', 'claude-4.1', schemaWish],
    ['whole', 'json_schema by instruction', 'titan-text', schemaWish],
  ])('%s, %s: the fence is gone before the answer is held to its format', async (way, _, family, options) => {
    const info = infoOf(family);
    const call = callFor(info, { messages: [{ role: 'user', content: [{ text: 'q' }] }] }, options, {
      stream: way === 'streamed',
    });
    const stream = withSchema()(async function* (asked) {
      const restore = accommodate(asked).restore();
      for (const event of answer) {
        const batch = restore([event]);
        if (batch.length > 0) yield batch;
      }
    })(call);
    const fold = collector();
    for await (const batch of stream) fold.add(batch);
    expect(fold.answer()?.blocks).toEqual([{ kind: 'text', text: json }]);
  });

  test('without such a wish a fence is the model’s own', () => {
    const call = callFor(infoOf('claude-5'), { messages: [{ role: 'user', content: [{ text: 'q' }] }] });
    expect(accommodate(call).restore()(answer)).toBe(answer);
  });
});
