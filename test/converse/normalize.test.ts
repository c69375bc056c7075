import { expect, test } from 'vitest';
import type { Event, Served } from '../../src/converse/events.ts';
import { normalizer } from '../../src/converse/normalize.ts';

const served: Served = { model: 'm', region: 'r', changes: [] };

type Raw = Record<string, unknown>;

function run(raw: Raw[], unknown: string[] = []): Event[] {
  const out: Event[] = [];
  const normal = normalizer(served, (what) => unknown.push(what));
  for (const event of raw) for (const [name, payload] of Object.entries(event)) normal.push(name, payload, out);
  normal.finish(out);
  return out;
}

const delta = (contentBlockIndex: number, piece: Raw): Raw => ({
  contentBlockDelta: { contentBlockIndex, delta: piece, p: 'abcd' },
});
const text = (at: number, words: string) => delta(at, { text: words });
const reason = (at: number, piece: Raw) => delta(at, { reasoningContent: piece });
const tool = (at: number, id: string, name: string): Raw => ({
  contentBlockStart: { contentBlockIndex: at, start: { toolUse: { toolUseId: id, name } } },
});
const input = (at: number, piece: string) => delta(at, { toolUse: { input: piece } });
const close = (contentBlockIndex: number): Raw => ({ contentBlockStop: { contentBlockIndex } });
const messageStart: Raw = { messageStart: { role: 'assistant', p: 'ab' } };
const stop = (stopReason: string, more: Raw = {}): Raw => ({ messageStop: { stopReason, ...more } });
const metadata: Raw = {
  metadata: { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 12 }, p: 'xyz' },
};
const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 };
const start: Event = { type: 'start', served };

test('text has no typed start: its block opens on the first delta, and the end waits for metadata', () => {
  expect(run([messageStart, text(0, 'Hel'), text(0, 'lo'), close(0), stop('end_turn'), metadata])).toEqual([
    start,
    { type: 'open', index: 0, block: { kind: 'text' } },
    { type: 'delta', index: 0, kind: 'text', text: 'Hel' },
    { type: 'delta', index: 0, kind: 'text', text: 'lo' },
    { type: 'close', index: 0 },
    { type: 'end', end: { stopReason: 'end_turn', usage, latencyMs: 12 } },
  ]);
});

test('cases 39 and 61: thinking, its signature, text and two tools: dense indices over the gaps of contentBlockIndex', () => {
  const events = run([
    messageStart,
    reason(0, { text: 'hm' }),
    reason(0, { signature: 'c2ln' }),
    close(0),
    text(2, 'I look'),
    close(2),
    tool(5, 't1', 'read'),
    input(5, ''),
    input(5, '{"a":'),
    input(5, '1}'),
    close(5),
    tool(9, 't2', 'now'),
    close(9),
    stop('tool_use'),
    metadata,
  ]);
  expect(events.slice(1, -1)).toEqual([
    { type: 'open', index: 0, block: { kind: 'reasoning' } },
    { type: 'delta', index: 0, kind: 'reasoning', text: 'hm' },
    { type: 'signature', index: 0, signature: 'c2ln' },
    { type: 'close', index: 0 },
    { type: 'open', index: 1, block: { kind: 'text' } },
    { type: 'delta', index: 1, kind: 'text', text: 'I look' },
    { type: 'close', index: 1 },
    { type: 'open', index: 2, block: { kind: 'tool', id: 't1', name: 'read' } },
    { type: 'delta', index: 2, kind: 'tool', text: '{"a":' },
    { type: 'delta', index: 2, kind: 'tool', text: '1}' },
    { type: 'close', index: 2 },
    { type: 'open', index: 3, block: { kind: 'tool', id: 't2', name: 'now' } },
    { type: 'close', index: 3 },
  ]);
});

test('case 61: encrypted thinking opens late as its own block, its pieces joined as bytes', () => {
  const first = Buffer.from('one').toString('base64');
  const second = Buffer.from('twos').toString('base64');
  const events = run([
    messageStart,
    reason(0, { redactedContent: first }),
    reason(0, { redactedContent: second }),
    close(0),
    text(1, 'x'),
    close(1),
    stop('end_turn'),
  ]);
  expect(events.slice(1, 4)).toEqual([
    { type: 'open', index: 0, block: { kind: 'redacted', data: Buffer.from('onetwos').toString('base64') } },
    { type: 'close', index: 0 },
    { type: 'open', index: 1, block: { kind: 'text' } },
  ]);
});

test('hidden thinking is a reasoning block with a signature and no text', () => {
  const events = run([
    messageStart,
    reason(0, { text: '' }),
    reason(0, { signature: 's' }),
    close(0),
    stop('end_turn'),
  ]);
  expect(events.slice(1, 4)).toEqual([
    { type: 'open', index: 0, block: { kind: 'reasoning' } },
    { type: 'signature', index: 0, signature: 's' },
    { type: 'close', index: 0 },
  ]);
});

test('blocks that are sent interleaved are given one after the other, nothing mixed', () => {
  const events = run([
    messageStart,
    tool(1, 'a', 'f'),
    tool(2, 'b', 'g'),
    input(1, '{"x"'),
    input(2, '{"y"'),
    input(1, ':1}'),
    close(2),
    close(1),
    text(3, 'ok'),
    stop('tool_use'),
  ]);
  const texts = (index: number) =>
    events.flatMap((event) => (event.type === 'delta' && event.index === index ? event.text : []));
  expect([0, 1, 2].map((index) => texts(index).join(''))).toEqual(['{"x":1}', '{"y"', 'ok']);
  let open = 0;
  for (const event of events) {
    if (event.type === 'open') open++;
    if (event.type === 'close') open--;
    expect(open).toBeLessThanOrEqual(1);
  }
  expect(open).toBe(0);
});

test('a block whose stop never came is closed by messageStop', () => {
  const events = run([messageStart, text(0, 'a'), tool(1, 't', 'f'), input(1, '{}'), stop('tool_use')]);
  expect(events.map((event) => event.type)).toEqual([
    'start',
    'open',
    'delta',
    'close',
    'open',
    'delta',
    'close',
    'end',
  ]);
});

test('a block that begins behind messageStop is closed before the end', () => {
  const events = run([
    messageStart,
    text(0, 'A'),
    close(0),
    stop('end_turn'),
    text(1, 'late'),
    text(2, 'later'),
    metadata,
  ]);
  expect(events.map((event) => (event.type === 'delta' ? event.text : event.type))).toEqual([
    'start',
    'open',
    'A',
    'close',
    'open',
    'late',
    'close',
    'open',
    'later',
    'close',
    'end',
  ]);
});

test('usage that is told before messageStop counts', () => {
  expect(run([messageStart, metadata, text(0, 'A'), close(0), stop('end_turn')]).at(-1)).toEqual({
    type: 'end',
    end: { stopReason: 'end_turn', usage, latencyMs: 12 },
  });
});

test('case 74: citations stay with their text', () => {
  const events = run([messageStart, text(0, 'a'), delta(0, { citation: { title: 'T' } }), close(0), stop('end_turn')]);
  expect(events[3]).toEqual({ type: 'citation', index: 0, citation: { title: 'T' } });
});

test('images, tool results and tools that the service runs are blocks of their own, whole', () => {
  const unknown: string[] = [];
  const events = run(
    [
      messageStart,
      {
        contentBlockStart: {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: 'n', name: 'nova_grounding', type: 'server_tool_use' } },
        },
      },
      input(0, '{"q":'),
      input(0, '1}'),
      close(0),
      { contentBlockStart: { contentBlockIndex: 1, start: { toolResult: { toolUseId: 'n', status: 'success' } } } },
      delta(1, { toolResult: [{ text: 'a' }] }),
      delta(1, { toolResult: [{ json: {} }] }),
      close(1),
      { contentBlockStart: { contentBlockIndex: 2, start: { image: { format: 'png' } } } },
      delta(2, { image: { source: { bytes: 'AAAA' } } }),
      close(2),
      stop('end_turn'),
    ],
    unknown,
  );
  const values = events.flatMap((event) =>
    event.type === 'open' && event.block.kind === 'other' ? [event.block.value] : [],
  );
  expect(values).toEqual([
    { toolUse: { toolUseId: 'n', name: 'nova_grounding', type: 'server_tool_use', input: '{"q":1}' } },
    { toolResult: { toolUseId: 'n', status: 'success', content: [{ text: 'a' }, { json: {} }] } },
    { image: { format: 'png', source: { bytes: 'AAAA' } } },
  ]);
  expect(unknown).toEqual([]);
});

test('two calls of one id, or of none, are told apart by ids of their own, the repeated one’s always the same', () => {
  const answer = [tool(0, 'c', 'look'), close(0), tool(1, 'c', 'look'), close(1), tool(2, 'c', 'look'), close(2)];
  const events = run([messageStart, ...answer, tool(3, '', 'look'), close(3), stop('tool_use'), metadata]);
  const ids = events.flatMap((event) => (event.type === 'open' && event.block.kind === 'tool' ? [event.block.id] : []));
  expect(ids).toEqual([
    'c',
    expect.stringMatching(/^call_[\w-]{22}$/),
    expect.stringMatching(/^call_[\w-]{22}$/),
    expect.stringMatching(/^call_[\w-]{22}$/),
  ]);
  expect(new Set(ids).size).toBe(4);
  const again = run([messageStart, ...answer, stop('tool_use'), metadata]);
  expect(again.filter(({ type }) => type === 'open')).toEqual(events.filter(({ type }) => type === 'open').slice(0, 3));
  expect(events.at(-1)).toMatchObject({ end: { changes: [{ what: 'answer call id replaced' }] } });
});

test('case 106: unknown events, deltas and starts are skipped and counted; padding is not looked at', () => {
  const unknown: string[] = [];
  const events = run(
    [
      messageStart,
      { ping: {} },
      delta(0, { hologram: {} }),
      { contentBlockStart: { contentBlockIndex: 0, start: { hologram: {} } } },
      text(0, 'a'),
      close(0),
      stop('new_reason'),
      metadata,
    ],
    unknown,
  );
  expect(unknown).toEqual(['event:ping', 'delta:hologram', 'start:hologram', 'stopReason:new_reason']);
  expect(events.map((event) => event.type)).toEqual(['start', 'open', 'delta', 'close', 'end']);
});

test('a piece of the answer that cannot be read fails it, and is never left out without a word', () => {
  const unreadable = [
    { contentBlockDelta: [1, 2] as unknown as Raw },
    { contentBlockDelta: { contentBlockIndex: 0, delta: 'Hel' } },
    { contentBlockStart: { contentBlockIndex: 0, start: null } },
    input(1, '{"a":1}'),
    { messageStop: null as unknown as Raw },
  ];
  for (const event of unreadable)
    expect(() => run([messageStart, text(0, 'Hi'), close(0), event, stop('end_turn'), metadata])).toThrow(
      expect.objectContaining({ code: 'upstream_rejected' }),
    );
});

test('the stop sequence is read from both places where models put it', () => {
  for (const additionalModelResponseFields of [{ stop_sequence: 'END' }, { delta: { stop_sequence: 'END' } }]) {
    const events = run([messageStart, stop('stop_sequence', { additionalModelResponseFields }), metadata]);
    expect(events.at(-1)).toMatchObject({ end: { stopReason: 'stop_sequence', stopSequence: 'END' } });
  }
  const none = run([
    messageStart,
    stop('end_turn', { additionalModelResponseFields: { delta: { stop_sequence: null } } }),
  ]);
  expect(none.at(-1)).toEqual({ type: 'end', end: { stopReason: 'end_turn' } });
});

test('case 99: cache tokens, service tier and trace come through; usage is absent without metadata', () => {
  const events = run([
    messageStart,
    stop('end_turn'),
    {
      metadata: {
        usage: {
          inputTokens: 1,
          outputTokens: 2,
          totalTokens: 43,
          cacheReadInputTokens: 30,
          cacheWriteInputTokens: 10,
          cacheDetails: [{ ttl: '1h', inputTokens: 10 }, { ttl: 'new' }],
        },
        serviceTier: { type: 'flex' },
        trace: { guardrail: {} },
      },
    },
  ]);
  expect(events.at(-1)).toEqual({
    type: 'end',
    end: {
      stopReason: 'end_turn',
      serviceTier: 'flex',
      trace: { guardrail: {} },
      usage: {
        inputTokens: 1,
        outputTokens: 2,
        totalTokens: 43,
        cacheReadInputTokens: 30,
        cacheWriteInputTokens: 10,
        cacheDetails: [{ ttl: '1h', inputTokens: 10 }],
      },
    },
  });
  expect(run([messageStart, stop('end_turn')]).at(-1)).toEqual({ type: 'end', end: { stopReason: 'end_turn' } });
});

test('case 92: a stream that stops before messageStop is truncated, wherever it was cut', () => {
  const whole = [messageStart, text(0, 'a'), close(0), tool(1, 't', 'f'), input(1, '{}'), close(1)];
  for (let cut = 0; cut <= whole.length; cut++) {
    expect(() => run(whole.slice(0, cut))).toThrow(expect.objectContaining({ code: 'upstream_truncated' }));
  }
});

test('what comes after the end is not looked at', () => {
  const events = run([messageStart, stop('end_turn'), metadata, text(0, 'late'), metadata]);
  expect(events.map((event) => event.type)).toEqual(['start', 'end']);
});

test('pushText is push of a text delta, in every place of a stream', () => {
  const stream = [
    messageStart,
    text(0, 'a'),
    text(0, 'b'),
    close(0),
    tool(1, 't', 'f'),
    text(2, 'held'),
    close(1),
    text(2, 'c'),
    stop('end_turn'),
    text(2, 'late'),
  ];
  for (const from of [0, 1]) {
    const viaText: Event[] = [];
    const normal = normalizer(served);
    for (const event of stream.slice(from)) {
      for (const [name, payload] of Object.entries(event)) {
        const piece = JSON.stringify(payload).match(/"text":"(\w+)"/)?.[1];
        const at = JSON.stringify(payload).match(/"contentBlockIndex":(\d)/)?.[1];
        if (piece) normal.pushText(Number(at), piece, viaText);
        else normal.push(name, payload, viaText);
      }
    }
    normal.finish(viaText);
    expect(viaText).toEqual(run(stream.slice(from)));
  }
});
