import { isObject, type JsonObject } from '../../base/json.ts';
import type { AnswerContext } from '../format.ts';
import { displayMarks } from './displayed-thinking.ts';
import type { ChatRequest } from './schema.ts';
import { customTools, isLegacy } from './tools.ts';

/** How one request wants its answer written, streamed or not. */
export type AnswerShape = {
  /** `functions` were sent, so the call is a `function_call`. */
  legacy: boolean;
  custom: ReadonlyMap<string, 'flat' | 'nested'>;
  /** Where readable thinking goes: a field, the content between marks, or nowhere. */
  thinking: { field: 'reasoning_content' | 'reasoning_text' } | { open: string; close: string } | undefined;
  /** Copilot's chat path keeps signed thinking in fields of its own. */
  copilot: boolean;
  /** The AI SDK keeps of unknown fields only a tool call's `extra_content`. */
  aiSdk: boolean;
  usage: boolean;
  choices: number;
};

/** The shape that a request asks its answer to have. */
export function answerShape({ request, format }: AnswerContext<ChatRequest>): AnswerShape {
  const agent = format.header('user-agent') ?? '';
  const copilot = /copilot/i.test(agent);
  return {
    legacy: isLegacy(request),
    custom: customTools(request),
    thinking: thinkingPlace(request, format.reasoningDisplay, copilot),
    copilot,
    aiSdk: /\bai-sdk[-/]/i.test(agent),
    usage: request.stream_options?.include_usage === true || format.flavour === 'cursor',
    choices: request.n ?? 1,
  };
}

/** Thinking inside the content would spoil an answer that must be JSON: there it keeps its own field. */
function thinkingPlace(
  request: ChatRequest,
  display: AnswerContext<ChatRequest>['format']['reasoningDisplay'],
  copilot: boolean,
): AnswerShape['thinking'] {
  if (display === 'off') return undefined;
  const mustBeJson = (request.response_format?.type ?? 'text') !== 'text';
  if ((display === 'think' || display === 'details') && !mustBeJson) return displayMarks[display];
  return { field: copilot ? 'reasoning_text' : 'reasoning_content' };
}

/**
 * Citations of the text between two offsets of the content. OpenAI's annotations know web pages only; sources without an
 * address stay in `citations`, as Bedrock tells them.
 */
export function citationFields(citations: readonly JsonObject[], start: number, end: number): JsonObject {
  const annotations: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const citation of citations) {
    const url = webAddress(citation);
    if (url === undefined) others.push(citation);
    else {
      const title = typeof citation['title'] === 'string' ? citation['title'] : url;
      annotations.push({ type: 'url_citation', url_citation: { start_index: start, end_index: end, title, url } });
    }
  }
  return { ...(annotations.length > 0 ? { annotations } : {}), ...(others.length > 0 ? { citations: others } : {}) };
}

function webAddress(citation: JsonObject): string | undefined {
  const location = citation['location'];
  const web = isObject(location) ? location['web'] : undefined;
  return isObject(web) && typeof web['url'] === 'string' ? web['url'] : undefined;
}
