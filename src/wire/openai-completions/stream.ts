import { sseData } from '../../base/sse.ts';
import type { End, Event } from '../../converse/events.ts';
import type { AnswerContext, StreamEncoder } from '../format.ts';
import { usageOf } from '../openai-chat/ending.ts';
import { errorBody } from '../openai-chat/errors.ts';
import { echoOf, reasonOf, shellOf } from './response.ts';
import type { CompletionsRequest } from './schema.ts';

/** Writes `text_completion` chunks; after the last choice's end the usage, when asked for, and `[DONE]`. */
export function completionsStream(context: AnswerContext<CompletionsRequest>): StreamEncoder {
  const { request } = context;
  const count = request.n ?? 1;
  const wantsUsage = request.stream_options?.include_usage === true;
  const shell = JSON.stringify(shellOf(context)).slice(0, -1);
  const tail = wantsUsage ? '}],"usage":null}\n\n' : '}]}\n\n';
  const echo = echoOf(request);
  const ends: End[] = [];

  const chunk = (index: number, text: string, reason: string | null): string =>
    `data: ${shell},"choices":[{"index":${index},"logprobs":null,"finish_reason":${JSON.stringify(reason)},"text":${JSON.stringify(text)}${tail}`;

  const closing = (): string => {
    if (ends.length < count) return '';
    const usage = wantsUsage ? usageOf(ends) : undefined;
    const counted = usage ? sseData(`${shell},"choices":[],"usage":${JSON.stringify(usage)}}`) : '';
    return `${counted}data: [DONE]\n\n`;
  };

  const encode = (event: Event, index: number): string => {
    switch (event.type) {
      case 'start':
        return echo === '' ? '' : chunk(index, echo, null);
      case 'delta':
        return event.kind === 'text' ? chunk(index, event.text, null) : '';
      case 'end':
        ends.push(event.end);
        return chunk(index, '', reasonOf(event.end)) + closing();
      default:
        return '';
    }
  };

  return {
    push: (events, index) => {
      let text = '';
      for (const event of events) text += encode(event, index);
      return text;
    },
    fail: (error) => sseData(JSON.stringify(errorBody(error))),
  };
}
