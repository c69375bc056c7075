import { parsedJson } from '../base/json.ts';
import type { StreamEvent } from './frames.ts';
import type { Usage } from './prompt-memory.ts';

/** One block of an answer; `pieces` are the deltas in which it streams. */
export type AnswerBlock =
  | { kind: 'text'; pieces: readonly string[] }
  | { kind: 'thought'; pieces: readonly string[]; signature?: string }
  | { kind: 'redacted'; base64: string }
  | { kind: 'call'; id: string; name: string; pieces: readonly string[] };

export type Answer = {
  blocks: readonly AnswerBlock[];
  stopReason: string;
  stopSequence?: string;
  usage: Usage;
  /** What `additionalModelResponseFieldPaths` asked for and the model has. */
  additionalModelResponseFields?: Record<string, unknown>;
};

/** The events of ConverseStream: no start for text and thoughts, the signature a delta of its own, `metadata` last. */
export function answerEvents(answer: Answer, latencyMs: number): StreamEvent[] {
  const { stopReason, additionalModelResponseFields, usage } = answer;
  return [
    { messageStart: { role: 'assistant' } },
    ...answer.blocks.flatMap(blockEvents),
    { messageStop: { stopReason, ...(additionalModelResponseFields ? { additionalModelResponseFields } : {}) } },
    { metadata: { usage, metrics: { latencyMs } } },
  ];
}

function blockEvents(block: AnswerBlock, contentBlockIndex: number): StreamEvent[] {
  const delta = (content: Record<string, unknown>): StreamEvent => ({
    contentBlockDelta: { contentBlockIndex, delta: content },
  });
  const stop: StreamEvent = { contentBlockStop: { contentBlockIndex } };
  switch (block.kind) {
    case 'text':
      return [...block.pieces.map((text) => delta({ text })), stop];
    case 'thought': {
      const sealed = block.signature === undefined ? [] : [delta({ reasoningContent: { signature: block.signature } })];
      return [...block.pieces.map((text) => delta({ reasoningContent: { text } })), ...sealed, stop];
    }
    case 'redacted':
      return [delta({ reasoningContent: { redactedContent: block.base64 } }), stop];
    case 'call': {
      const start = { toolUse: { toolUseId: block.id, name: block.name } };
      return [
        { contentBlockStart: { contentBlockIndex, start } },
        ...block.pieces.map((input) => delta({ toolUse: { input } })),
        stop,
      ];
    }
    default:
      return block satisfies never;
  }
}

/** The body of Converse's response. */
export function answerBody(answer: Answer, latencyMs: number): Record<string, unknown> {
  const { stopReason, additionalModelResponseFields, usage } = answer;
  return {
    ...(additionalModelResponseFields ? { additionalModelResponseFields } : {}),
    metrics: { latencyMs },
    output: { message: { role: 'assistant', content: answer.blocks.map(wholeBlock) } },
    stopReason,
    usage,
  };
}

function wholeBlock(block: AnswerBlock): Record<string, unknown> {
  switch (block.kind) {
    case 'text':
      return { text: block.pieces.join('') };
    case 'thought': {
      const text = block.pieces.join('');
      return {
        reasoningContent: {
          reasoningText: { text, ...(block.signature === undefined ? {} : { signature: block.signature }) },
        },
      };
    }
    case 'redacted':
      return { reasoningContent: { redactedContent: block.base64 } };
    case 'call':
      return { toolUse: { toolUseId: block.id, name: block.name, input: inputOf(block.pieces) } };
    default:
      return block satisfies never;
  }
}

/** The arguments of a call; an answer that was cut in the midst of them gives none, as the service does. */
export const inputOf = (pieces: readonly string[]): unknown => parsedJson(pieces.join('') || '{}') ?? {};
