import { ProxyError } from '../../base/errors.ts';
import { isObject, type JsonObject, parsedJson } from '../../base/json.ts';
import type { Answer, Block, End, Usage } from '../../converse/events.ts';
import type { AnswerContext } from '../format.ts';
import { jsonValue } from '../json-value.ts';
import { isWholeInput, outcomeOf } from '../outcome.ts';
import { anthropicCitation } from './citations.ts';
import type { MessagesRequest } from './schema.ts';

/** A whole answer as a Messages response. Throws `upstream_rejected` when a call that should run cannot be read. */
export function toMessage(answer: Answer, context: AnswerContext<MessagesRequest>): JsonObject {
  const { blocks, end } = answer;
  const calls = blocks.filter(({ kind }) => kind === 'tool');
  const stop = stopOf(end, calls.length > 0, context.request.stop_sequences);
  if (stop.stop_reason === 'tool_use' && calls.some(isCutOff)) throw unreadable();
  return {
    ...emptyMessage(context),
    content: blocks.filter((block) => !isCutOff(block)).flatMap(contentOf),
    ...stop,
    usage: usageOf(end),
    ...end.extra,
  };
}

/** A call that should run, and that nobody can read. */
export const unreadable = (): ProxyError =>
  new ProxyError('upstream_rejected', 'The model wrote an answer that cannot be read. Send the request again.');

/** `input` must be an object here, so a call that was cut off cannot be shown: it is left out and must not run (case 38). */
const isCutOff = (block: Block): boolean => block.kind === 'tool' && !isWholeInput(block.input);

/** The message before its first block, as `message_start` carries it. Bedrock counts tokens only at the end. */
export function emptyMessage(context: AnswerContext<MessagesRequest>): JsonObject {
  return {
    id: `msg_${context.requestId.replace(/[^A-Za-z0-9_-]/g, '')}`,
    type: 'message',
    role: 'assistant',
    model: context.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf({ stopReason: 'end_turn' }),
  };
}

/** Which of Anthropic's stop reasons ended the answer. */
export function stopOf(
  end: End,
  hasToolCalls: boolean,
  stops: readonly string[] | null | undefined,
): { stop_reason: string; stop_sequence: string | null } {
  const reason = (stop_reason: string) => ({ stop_reason, stop_sequence: null });
  const outcome = outcomeOf(end.stopReason, hasToolCalls);
  switch (outcome) {
    case 'finished':
      return reason('end_turn');
    case 'tool_calls':
      return reason('tool_use');
    case 'stop_sequence':
      return { stop_reason: 'stop_sequence', stop_sequence: end.stopSequence ?? onlyOne(stops) };
    case 'max_tokens':
      return reason('max_tokens');
    case 'context_window':
      return reason('model_context_window_exceeded');
    case 'filtered':
    case 'refused':
      return reason('refusal');
    default:
      return outcome satisfies never;
  }
}

/** Where the model does not say which sequence fired, a single one leaves no doubt. */
const onlyOne = (stops: readonly string[] | null | undefined): string | null =>
  stops?.length === 1 ? (stops[0] ?? null) : null;

/** Token counts; as with Bedrock, `input_tokens` excludes what was read from or written to the cache. */
export function usageOf({ usage, serviceTier }: End): JsonObject {
  const written = writtenByTtl(usage);
  return {
    input_tokens: usage?.inputTokens ?? 0,
    cache_creation_input_tokens: usage?.cacheWriteInputTokens ?? 0,
    cache_read_input_tokens: usage?.cacheReadInputTokens ?? 0,
    cache_creation: { ephemeral_5m_input_tokens: written['5m'], ephemeral_1h_input_tokens: written['1h'] },
    output_tokens: usage?.outputTokens ?? 0,
    service_tier: serviceTier === 'priority' ? 'priority' : 'standard',
  };
}

/** Without details every write has the default lifetime, five minutes. */
function writtenByTtl(usage: Usage | undefined): Record<'5m' | '1h', number> {
  if (!usage?.cacheDetails) return { '5m': usage?.cacheWriteInputTokens ?? 0, '1h': 0 };
  const written = { '5m': 0, '1h': 0 };
  for (const { ttl, inputTokens } of usage.cacheDetails) written[ttl] += inputTokens;
  return written;
}

function contentOf(block: Block): JsonObject[] {
  switch (block.kind) {
    case 'text': {
      const citations = (block.citations ?? []).flatMap((citation) => anthropicCitation(citation) ?? []);
      return [{ type: 'text', text: block.text, ...(citations.length > 0 ? { citations } : {}) }];
    }
    case 'reasoning':
      return [{ type: 'thinking', thinking: block.text, signature: block.signature ?? '' }];
    case 'redacted':
      return [{ type: 'redacted_thinking', data: block.data }];
    case 'tool':
      return toolUse(block);
    case 'other':
      // What Converse gave has no place here; what came from Anthropic's own API goes back as it came.
      return typeof block.value['type'] === 'string' ? [block.value] : [];
    default:
      return block satisfies never;
  }
}

function toolUse({ id, name, input }: Extract<Block, { kind: 'tool' }>): JsonObject[] {
  const parsed = parsedJson(input);
  return [{ type: 'tool_use', id, name, input: isObject(parsed) ? jsonValue(parsed) : {} }];
}
