import type { JsonObject, JsonValue } from '../../base/json.ts';
import type { Answer, End } from '../../converse/events.ts';
import type { AnswerContext } from '../format.ts';
import { jsonValue } from '../json-value.ts';
import { servedTier, tierWord } from '../openai-tier.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import { responseId } from './ids.ts';
import { hasCalls, outputItems } from './output.ts';
import type { ResponsesRequest, ResponsesTool } from './schema.ts';

/** A whole answer as a Response object. */
export function toResponse(answer: Answer, context: AnswerContext<ResponsesRequest>): JsonObject {
  const outcome = outcomeOf(answer.end.stopReason, hasCalls(answer.blocks));
  const output = outputItems(answer, context, { sealed: isSealed(context.request) });
  return { ...echo(context), ...endOf(outcome, answer.end, context), output };
}

/** Whether the client asked for the form of thinking that can come back. */
export function isSealed(request: ResponsesRequest): boolean {
  return request.include?.includes('reasoning.encrypted_content') ?? false;
}

/**
 * What a response repeats of its request, and what never changes in it. Every member that Open Responses demands is
 * there, and has its type where OpenAI allows null: its compliance suite refuses the whole response for one that is not
 * (openresponses/openresponses, ResponseResource). An unsaid temperature or `top_p` is 1, as OpenAI says it.
 */
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
    presence_penalty: 0,
    frequency_penalty: 0,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: summaryOf(request) },
    safety_identifier: request.safety_identifier ?? null,
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: echoFormat(request), verbosity: 'medium' },
    tool_choice: echoChoice(request.tool_choice),
    tools: (request.tools ?? []).map(echoTool),
    top_logprobs: 0,
    top_p: request.top_p ?? 1,
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

/** OpenAI's own answers always have `name` and `strict` in a schema's format. */
function echoFormat({ text }: ResponsesRequest): JsonValue {
  const format = text?.format ?? { type: 'text' };
  if (format.type !== 'json_schema') return jsonValue(format);
  return jsonValue({ ...format, name: format.name || 'answer', strict: format.strict ?? false });
}

/** OpenAI's own answers always have `mode` in a choice among allowed tools. */
function echoChoice(choice: ResponsesRequest['tool_choice']): JsonValue {
  if (typeof choice !== 'object' || choice === null) return choice ?? 'auto';
  return jsonValue(choice.type === 'allowed_tools' ? { ...choice, mode: choice.mode ?? 'auto' } : choice);
}

/** OpenAI's own answers always have `description`, `strict` and `parameters` in a function. */
function echoTool(tool: ResponsesTool): JsonValue {
  if ((tool.type ?? 'function') !== 'function') return jsonValue(tool);
  const { description = null, parameters = null, strict = null } = tool;
  return jsonValue({ ...tool, type: 'function', description, parameters, strict });
}

type Told = Pick<AnswerContext<ResponsesRequest>, 'request' | 'created'>;

/** The members that tell how a response stands while it runs. */
export function runningState({ request }: Pick<Told, 'request'>): JsonObject {
  return { ...unfinished, status: 'in_progress', usage: null, service_tier: tierWord(request.service_tier) ?? 'auto' };
}

/** The members that tell how the response ended. Its time is known by what the model took, in whole seconds. */
export function endOf(outcome: Outcome, end: End, { created }: Pick<Told, 'created'>): JsonObject {
  const base = { ...unfinished, usage: usageOf(end), service_tier: servedTier(end) ?? 'default' };
  switch (outcome) {
    case 'finished':
    case 'tool_calls':
    case 'stop_sequence':
      return { ...base, status: 'completed', completed_at: created + Math.round((end.latencyMs ?? 0) / 1000) };
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

/** What a response says of itself until it has completed. */
const unfinished = { completed_at: null, error: null, incomplete_details: null };

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
