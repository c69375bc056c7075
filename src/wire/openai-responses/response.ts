import type { JsonObject, JsonValue } from '../../base/json.ts';
import type { Answer, End } from '../../converse/events.ts';
import type { AnswerContext } from '../format.ts';
import { jsonValue } from '../json-value.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import { responseId } from './ids.ts';
import { hasCalls, outputItems } from './output.ts';
import type { ResponsesRequest, ResponsesTool } from './schema.ts';

/** A whole answer as a Response object. */
export function toResponse(answer: Answer, context: AnswerContext<ResponsesRequest>): JsonObject {
  const outcome = outcomeOf(answer.end.stopReason, hasCalls(answer.blocks));
  const output = outputItems(answer, context, { sealed: isSealed(context.request) });
  return { ...echo(context), ...endOf(outcome, answer.end), output };
}

/** Whether the client asked for the form of thinking that can come back. */
export function isSealed(request: ResponsesRequest): boolean {
  return request.include?.includes('reasoning.encrypted_content') ?? false;
}

/** What a response repeats of its request, and what never changes in it. */
export function echo({ request, requestId, model, created }: AnswerContext<ResponsesRequest>): JsonObject {
  return {
    id: responseId(requestId),
    object: 'response',
    created_at: created,
    background: false,
    instructions: jsonValue(request.instructions ?? null),
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: summaryOf(request) },
    store: request.store ?? true,
    temperature: request.temperature ?? null,
    text: { format: jsonValue(request.text?.format ?? { type: 'text' }) },
    tool_choice: jsonValue(request.tool_choice ?? 'auto'),
    tools: (request.tools ?? []).map(echoTool),
    top_p: request.top_p ?? null,
    truncation: 'disabled',
    metadata: request.metadata ?? {},
    ...(request.user ? { user: request.user } : {}),
  };
}

/** Words that OpenAI has no meaning for (`none`) are not repeated. */
function summaryOf({ reasoning }: ResponsesRequest): string | null {
  const summary = reasoning?.summary;
  return summary === 'auto' || summary === 'concise' || summary === 'detailed' ? summary : null;
}

/** OpenAI's own answers always have `strict` and `parameters` in a function. */
function echoTool(tool: ResponsesTool): JsonValue {
  const isFunction = (tool.type ?? 'function') === 'function';
  return jsonValue(
    isFunction ? { ...tool, type: 'function', parameters: tool.parameters ?? null, strict: tool.strict ?? null } : tool,
  );
}

/** The members that tell how the response ended. */
export function endOf(outcome: Outcome, end: End): JsonObject {
  const base = { usage: usageOf(end), error: null, incomplete_details: null };
  switch (outcome) {
    case 'finished':
    case 'tool_calls':
    case 'stop_sequence':
      return { ...base, status: 'completed' };
    case 'max_tokens':
    case 'context_window':
      return { ...base, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'filtered':
    case 'refused':
      return { ...base, status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    default:
      return outcome satisfies never;
  }
}

/** Tokens as OpenAI counts: the prompt with its cache reads and writes (case 99). Bedrock does not tell thinking from text (case 62). */
function usageOf({ usage }: End): JsonValue {
  if (!usage) return null;
  const { inputTokens, outputTokens, cacheReadInputTokens: cached, cacheWriteInputTokens: written } = usage;
  const input = inputTokens + cached + written;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + outputTokens,
  };
}
