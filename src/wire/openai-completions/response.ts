import type { JsonObject } from '../../base/json.ts';
import type { Answer, End } from '../../converse/events.ts';
import type { AnswerContext } from '../format.ts';
import { completionId, finishReason, systemFingerprint, usageOf } from '../openai-chat/ending.ts';
import type { CompletionsRequest } from './schema.ts';

/** Whole answers as a `text_completion`: their text alone, thinking left out. */
export function toTextCompletion(answers: readonly Answer[], context: AnswerContext<CompletionsRequest>): JsonObject {
  const [first] = answers;
  const usage = usageOf(answers.map(({ end }) => end));
  return {
    ...shellOf(context),
    ...(first ? { system_fingerprint: systemFingerprint(first.served) } : {}),
    choices: answers.map((answer, index) => ({
      text: echoOf(context.request) + textOf(answer),
      index,
      logprobs: null,
      finish_reason: reasonOf(answer.end),
    })),
    ...(usage ? { usage } : {}),
  };
}

/** What every object of one call has in common. */
export function shellOf(context: AnswerContext<CompletionsRequest>): JsonObject {
  return {
    id: completionId(context.requestId).replace(/^chatcmpl-/, 'cmpl-'),
    object: 'text_completion',
    created: context.created,
    model: context.model,
  };
}

/** `echo` wants the prompt before the answer. */
export const echoOf = (request: CompletionsRequest): string => (request.echo ? request.prompt : '');

/** There are no tools on this route, so what they would mean does not arise. */
export const reasonOf = (end: End): string => finishReason(end.stopReason, 'none', false);

function textOf({ blocks }: Answer): string {
  return blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('');
}
