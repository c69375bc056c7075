import type { ProxyError } from '../../../src/base/errors.ts';
import type { Answer, Block, End } from '../../../src/converse/events.ts';
import { replay } from '../../../src/converse/replay.ts';
import type { AnswerContext, FormatContext, Translated } from '../../../src/wire/format.ts';
import { openaiChat } from '../../../src/wire/openai-chat/format.ts';
import type { ChatRequest } from '../../../src/wire/openai-chat/schema.ts';
import { formatContext } from '../../golden/scenario.ts';
import { chunksOf } from './published.ts';

export const hello = [{ role: 'user', content: 'hi' }];

/** A body with a model and one message, parsed and translated. */
export function translate(body: Record<string, unknown>, context: Partial<FormatContext> = {}): Translated {
  const format = { ...formatContext, ...context };
  return openaiChat.toConverse(openaiChat.parse({ model: 'm', messages: hello, ...body }, format), format);
}

/** The `what` of each change. */
export const changesOf = (body: Record<string, unknown>): string[] => translate(body).changes.map(({ what }) => what);

/** The refusal that a body meets; fails when it meets none. */
export function refusal(body: Record<string, unknown>, context: Partial<FormatContext> = {}): ProxyError {
  try {
    translate(body, context);
  } catch (error) {
    return error as ProxyError; // whatever else is thrown fails the expectation on its code
  }
  throw new Error('the body was accepted');
}

export function answerContext(
  body: Record<string, unknown> = {},
  format: Partial<FormatContext> = {},
): AnswerContext<ChatRequest> {
  const whole = { ...formatContext, ...format };
  return {
    request: openaiChat.parse({ model: 'm', messages: hello, ...body }, whole),
    requestId: 'req_1',
    model: 'm',
    created: 1_790_000_000,
    format: whole,
  };
}

export const usage = {
  inputTokens: 3,
  outputTokens: 2,
  totalTokens: 5,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};

export function answerOf(blocks: Block[], end: Partial<End> = {}): Answer {
  return {
    served: { model: 'm', region: 'r', changes: [] },
    blocks,
    end: { stopReason: 'end_turn', usage, ...end },
  };
}

/** What a streaming client folds the chunks of choice 0 into. */
export type Folded = {
  text: string;
  deltas: Record<string, unknown>[];
  calls: { id: string; name: string; arguments: string }[];
  reason: unknown;
};

export function streamedChunks(answers: Answer[], context: AnswerContext<ChatRequest>): Record<string, unknown>[] {
  const encoder = openaiChat.toStream(context);
  return chunksOf(answers.map((answer, choice) => encoder.push(replay(answer), choice)).join(''));
}

type Chunk = { choices: { delta: Record<string, unknown>; finish_reason: unknown; index: number }[] };

export function folded(answer: Answer, context = answerContext()): Folded {
  const fold: Folded = { text: '', deltas: [], calls: [], reason: undefined };
  for (const chunk of streamedChunks([answer], context) as Chunk[]) {
    for (const { delta, finish_reason } of chunk.choices) {
      fold.deltas.push(delta);
      if (typeof delta['content'] === 'string') fold.text += delta['content'];
      if (finish_reason !== null) fold.reason = finish_reason;
      for (const call of (delta['tool_calls'] ?? []) as CallDelta[]) addCall(fold, call);
    }
  }
  return fold;
}

type CallDelta = { index: number; id?: string; function: { name?: string; arguments: string } };

function addCall({ calls }: Folded, { index, id, function: { name, arguments: piece } }: CallDelta): void {
  const call = calls[index];
  if (call) call.arguments += piece;
  else calls[index] = { id: id ?? '', name: name ?? '', arguments: piece };
}

/** The message of a whole answer. */
export function messageOf(answer: Answer, context = answerContext()): Record<string, unknown> {
  const [choice] = openaiChat.toResponse([answer], context)['choices'] as { message: Record<string, unknown> }[];
  if (!choice) throw new Error('no choice');
  return choice.message;
}
