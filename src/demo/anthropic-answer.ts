import { type Answer, type AnswerBlock, inputOf } from './answer.ts';
import type { StreamEvent } from './frames.ts';

/** An answer in the shape of Anthropic's Messages API, as InvokeModel returns it. */
export function anthropicMessage(answer: Answer, id: string, model: string): Record<string, unknown> {
  return {
    model,
    id,
    type: 'message',
    role: 'assistant',
    content: answer.blocks.map(wholeBlock),
    stop_reason: answer.stopReason,
    stop_sequence: answer.stopSequence ?? null,
    usage: usageOf(answer),
  };
}

/** The same as the events of InvokeModelWithResponseStream: Anthropic's own, each in the bytes of a `chunk`. */
export function anthropicEvents(answer: Answer, id: string, model: string, latencyMs: number): StreamEvent[] {
  const usage = usageOf(answer);
  const start = {
    ...anthropicMessage({ ...answer, blocks: [] }, id, model),
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const events: Record<string, unknown>[] = [
    { type: 'message_start', message: start },
    ...answer.blocks.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: { stop_reason: answer.stopReason, stop_sequence: answer.stopSequence ?? null },
      usage: { output_tokens: usage.output_tokens },
    },
    {
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': {
        inputTokenCount: usage.input_tokens,
        outputTokenCount: usage.output_tokens,
        invocationLatency: latencyMs,
        firstByteLatency: latencyMs,
      },
    },
  ];
  return events.map((event) => ({ chunk: { bytes: Buffer.from(JSON.stringify(event)).toString('base64') } }));
}

function usageOf({ usage }: Answer) {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteInputTokens ?? 0,
    cache_read_input_tokens: usage.cacheReadInputTokens ?? 0,
    output_tokens: usage.outputTokens,
  };
}

function wholeBlock(block: AnswerBlock): Record<string, unknown> {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: block.pieces.join('') };
    case 'thought':
      return { type: 'thinking', thinking: block.pieces.join(''), signature: block.signature ?? '' };
    case 'redacted':
      return { type: 'redacted_thinking', data: block.base64 };
    case 'call':
      return { type: 'tool_use', id: block.id, name: block.name, input: inputOf(block.pieces) };
    default:
      return block satisfies never;
  }
}

function blockEvents(block: AnswerBlock, index: number): Record<string, unknown>[] {
  const delta = (content: Record<string, unknown>) => ({ type: 'content_block_delta', index, delta: content });
  const within = (empty: Record<string, unknown>, deltas: Record<string, unknown>[]) => [
    { type: 'content_block_start', index, content_block: empty },
    ...deltas,
    { type: 'content_block_stop', index },
  ];
  switch (block.kind) {
    case 'text':
      return within(
        { type: 'text', text: '' },
        block.pieces.map((text) => delta({ type: 'text_delta', text })),
      );
    case 'thought':
      return within({ type: 'thinking', thinking: '', signature: '' }, [
        ...block.pieces.map((thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: block.signature ?? '' }),
      ]);
    case 'redacted':
      return within(wholeBlock(block), []);
    case 'call':
      return within(
        { type: 'tool_use', id: block.id, name: block.name, input: {} },
        block.pieces.map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
      );
    default:
      return block satisfies never;
  }
}
