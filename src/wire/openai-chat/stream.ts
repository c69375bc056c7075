import { sseData } from '../../base/sse.ts';
import type { Served } from '../../converse/events.ts';
import type { AnswerContext, StreamEncoder } from '../format.ts';
import { answerShape } from './answer-shape.ts';
import { type ChoiceChunks, choiceChunks } from './choice-chunks.ts';
import type { ChunkFrame } from './chunk-pen.ts';
import { completionId, systemFingerprint, usageOf } from './ending.ts';
import { errorBody } from './errors.ts';
import type { ChatRequest } from './schema.ts';

/**
 * Writes answers as `chat.completion.chunk` events. After the last choice's end come the usage chunk, when it was asked
 * for (case 100), and `[DONE]`; after a failure neither does (case 90).
 */
export function toChatStream(context: AnswerContext<ChatRequest>): StreamEncoder {
  const shape = answerShape(context);
  const shell = JSON.stringify({
    id: completionId(context.requestId),
    object: 'chat.completion.chunk',
    created: context.created,
    model: context.model,
  }).slice(0, -1);
  const usageNull = shape.usage ? ',"usage":null' : '';
  let fingerprint = '';

  const frame = (served: Served, index: number): ChunkFrame => {
    fingerprint = systemFingerprint(served);
    return {
      head: `data: ${shell},"system_fingerprint":"${fingerprint}","choices":[{"index":${index},"delta":{`,
      tail: `},"finish_reason":null}]${usageNull}}\n\n`,
      afterReason: `${usageNull}}\n\n`,
    };
  };
  const choices: ChoiceChunks[] = Array.from({ length: shape.choices }, (_, index) =>
    choiceChunks(shape, (served) => frame(served, index)),
  );

  const closing = (): string => {
    const ends = choices.flatMap((choice) => choice.end() ?? []);
    if (ends.length < choices.length) return '';
    const usage = shape.usage ? usageOf(ends) : undefined;
    const counted = usage
      ? sseData(`${shell},"system_fingerprint":"${fingerprint}","choices":[],"usage":${JSON.stringify(usage)}}`)
      : '';
    return `${counted}data: [DONE]\n\n`;
  };

  return {
    push(events, index) {
      const choice = choices[index];
      if (!choice || choice.end()) return '';
      const text = choice.push(events);
      return choice.end() ? text + closing() : text;
    },
    fail: (error) => sseData(JSON.stringify(errorBody(error))),
  };
}
