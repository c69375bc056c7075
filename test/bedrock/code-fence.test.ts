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

function pieces(cuts: readonly string[]): { out: string[]; whole: string; dropped: number } {
  let dropped = 0;
  const stream = unfenced(() => dropped++);
  const out = cuts.map((text) => stream.push(text));
  const whole = out.join('') + stream.end();
  return { out, whole, dropped };
}

describe('case 67: JSON in a code fence', () => {
  test.each(fences)('%j is bare JSON, wherever it is split', (fence) => {
    const text = fence.replace('@', json);
    for (let at = 0; at <= text.length; at++) {
      expect(pieces([text.slice(0, at), text.slice(at)]).whole.trim()).toBe(json);
    }
    expect(pieces([...text]).whole.trim()).toBe(json);
  });

  test.each([
    'Here is the JSON:\n\n```json\n@\n```\nHope this helps!',
    '```json\n@\n```\nHope this helps!',
    'Here: ```@```',
    'Sure.\n```\n@\n```\n',
  ])('%j has one fenced part: the words round it are dropped, wherever it is split', (prose) => {
    const text = prose.replace('@', json);
    for (let at = 0; at <= text.length; at++) {
      const { whole, dropped } = pieces([text.slice(0, at), text.slice(at)]);
      expect([whole.trim(), dropped]).toEqual([json, 1]);
    }
    expect(pieces([...text])).toMatchObject({ whole: expect.stringContaining(json), dropped: 1 });
  });

  test.each([
    ...[json, '[]', '', ' ', '`', '``', '{"a":1}\n```'],
    'No JSON here.',
    'Either ```json\n{}\n``` or ```json\n[]\n```',
    'Here: ```json\n{"a":}\n```',
    'Here: ```json\n{"a":',
    'Here: ```python\nprint(1)\n```',
    'Here: {"a":1}',
  ])('%j is not in one fence and stays as it is', (text) => {
    for (let at = 0; at <= text.length; at++)
      expect(pieces([text.slice(0, at), text.slice(at)])).toMatchObject({ whole: text, dropped: 0 });
  });

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

  test.each(['streamed', 'whole'])('%s: words round the fence are dropped, and the record says so', async (way) => {
    const call = callFor(infoOf('claude-5'), { messages: [{ role: 'user', content: [{ text: 'q' }] }] }, wish, {
      stream: way === 'streamed',
    });
    const words = ['Here is', ' it:\n``', `\`json\n${json}\n`, '```\nHope', ' it helps.'];
    const events = answer.filter(({ type }) => type !== 'delta');
    events.splice(2, 0, ...words.map((text): Event => ({ type: 'delta', index: 0, kind: 'text', text })));
    const fold = collector();
    const stream = withSchema()(async function* (asked) {
      const restore = accommodate(asked).restore();
      for (const event of events) {
        const batch = restore([event]);
        if (batch.length > 0) yield batch;
      }
    })(call);
    for await (const batch of stream) fold.add(batch);
    expect(fold.answer()).toMatchObject({ blocks: [{ kind: 'text', text: json }] });
    expect(fold.answer()?.served.changes.map(({ what }) => what)).toContain('prose round the JSON dropped');
  });

  test('without such a wish a fence is the model’s own', () => {
    const call = callFor(infoOf('claude-5'), { messages: [{ role: 'user', content: [{ text: 'q' }] }] });
    expect(accommodate(call).restore()(answer)).toBe(answer);
  });
});
