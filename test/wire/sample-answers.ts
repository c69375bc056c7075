import type { Answer, Block, End, Event, StopReason } from '../../src/converse/events.ts';
import type { AnswerContext, FormatContext, StreamEncoder } from '../../src/wire/format.ts';

const usage = {
  inputTokens: 12,
  outputTokens: 34,
  totalTokens: 1146,
  cacheReadInputTokens: 1000,
  cacheWriteInputTokens: 100,
  cacheDetails: [
    { ttl: '1h' as const, inputTokens: 60 },
    { ttl: '5m' as const, inputTokens: 40 },
  ],
};

export function answerOf(blocks: Block[], stopReason: StopReason = 'end_turn', more: Partial<End> = {}): Answer {
  return {
    served: { model: 'eu.anthropic.claude-sonnet-5', region: 'eu-central-1', changes: [] },
    blocks,
    end: { stopReason, usage, ...more },
  };
}

/** One answer of every kind that a model gives. */
export const sampleAnswers = {
  text: answerOf([{ kind: 'text', text: 'Grüße, "Welt" 👋\nzwei Zeilen' }]),
  thinking: answerOf([
    { kind: 'reasoning', text: 'Let me think.', signature: 'c2lnbmVk' },
    { kind: 'text', text: 'Done.' },
  ]),
  'signed but silent thinking (case 57)': answerOf([
    { kind: 'reasoning', text: '', signature: 'c2lnbmVk' },
    { kind: 'text', text: 'Done.' },
  ]),
  redacted: answerOf([
    { kind: 'redacted', data: 'AQIDBA==' },
    { kind: 'text', text: 'Done.' },
  ]),
  'interleaved thinking and calls (case 56)': answerOf(
    [
      { kind: 'reasoning', text: 'First.', signature: 'c2lnMQ==' },
      { kind: 'tool', id: 'tooluse_1', name: 'read_file', input: '{"path":"a.ts"}' },
      { kind: 'reasoning', text: 'Second.', signature: 'c2lnMg==' },
      { kind: 'tool', id: 'tooluse_2', name: 'list', input: '' },
    ],
    'tool_use',
  ),
  'two texts and a block without a name': answerOf([
    { kind: 'text', text: 'One.' },
    { kind: 'other', value: { image: { format: 'png' } } },
    { kind: 'text', text: 'Two.' },
  ]),
  cited: answerOf([
    {
      kind: 'text',
      text: 'The grass is green.',
      citations: [
        {
          title: 'Nature',
          sourceContent: [{ text: 'grass is green' }],
          location: { documentChar: { documentIndex: 0, start: 4, end: 18 } },
        },
      ],
    },
  ]),
  'cut off in a call (case 38)': answerOf(
    [
      { kind: 'text', text: 'I will write it.' },
      { kind: 'tool', id: 'tooluse_1', name: 'write_file', input: '{"path":"a.ts","content":"half' },
    ],
    'max_tokens',
  ),
  empty: answerOf([]),
} satisfies Record<string, Answer>;

export const plainContext: FormatContext = {
  flavour: 'plain',
  header: () => undefined,
  reasoningDisplay: 'reasoning_content',
  strict: false,
};

export function answerContext<Request>(request: Request): AnswerContext<Request> {
  return { request, requestId: 'req1', model: 'claude-sonnet-5', created: 1_795_000_000, format: plainContext };
}

/** The events of an answer as the normalizer gives them: text in pieces of `size` characters. */
export function eventsOf(answer: Answer, size = 3): Event[] {
  const events: Event[] = [{ type: 'start', served: answer.served }];
  for (const [index, block] of answer.blocks.entries()) {
    const { kind } = block;
    const whole = kind === 'tool' ? block.input : kind === 'text' || kind === 'reasoning' ? block.text : '';
    if (kind === 'tool') events.push({ type: 'open', index, block: { kind, id: block.id, name: block.name } });
    else if (kind === 'text' || kind === 'reasoning') events.push({ type: 'open', index, block: { kind } });
    else events.push({ type: 'open', index, block });
    const pieces = [...whole].reduce<string[]>((all, char, at) => {
      if (at % size === 0) all.push(char);
      else all.push((all.pop() ?? '') + char);
      return all;
    }, []);
    if (kind === 'text' || kind === 'reasoning' || kind === 'tool') {
      for (const text of pieces) events.push({ type: 'delta', index, kind, text });
    }
    if (kind === 'reasoning' && block.signature) {
      const half = Math.ceil(block.signature.length / 2);
      events.push({ type: 'signature', index, signature: block.signature.slice(0, half) });
      events.push({ type: 'signature', index, signature: block.signature.slice(half) });
    }
    if (kind === 'text') {
      for (const citation of block.citations ?? []) events.push({ type: 'citation', index, citation });
    }
    events.push({ type: 'close', index });
  }
  events.push({ type: 'end', end: answer.end });
  return events;
}

/** The stream's text when the events come in one batch. */
export function encode(encoder: StreamEncoder, events: readonly Event[]): string {
  return encoder.push(events, 0);
}

/** The stream's text when the batch is cut in two at `cut`. */
export function encodeSplit(encoder: StreamEncoder, events: readonly Event[], cut: number): string {
  return encoder.push(events.slice(0, cut), 0) + encoder.push(events.slice(cut), 0);
}

/** A `fetch` that answers every request with this body, in chunks of `chunk` bytes. */
export function fetchStub(body: string, type: string, status = 200, chunk = 17): typeof fetch {
  return async () => {
    const bytes = new TextEncoder().encode(body);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += chunk) controller.enqueue(bytes.slice(at, at + chunk));
        controller.close();
      },
    });
    return new Response(stream, { status, headers: { 'content-type': type } });
  };
}
