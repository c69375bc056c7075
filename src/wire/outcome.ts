import { isObject, parsedJson } from '../base/json.ts';
import type { StopReason } from '../converse/events.ts';

/** How an answer ended, in words that every dialect has a term for. */
export type Outcome =
  | 'finished'
  | 'tool_calls'
  | 'stop_sequence'
  /** The answer is cut off: the wished maximum, or the model's window. */
  | 'max_tokens'
  | 'context_window'
  /** A guardrail or the model's own filter stopped it. */
  | 'filtered'
  | 'refused';

/** The outcome of an answer. The blocks count more than the reason: both `end_turn` with calls and `tool_use` without happen (case 40). */
export function outcomeOf(stopReason: StopReason, hasToolCalls: boolean): Outcome {
  switch (stopReason) {
    case 'end_turn':
    case 'tool_use':
      return hasToolCalls ? 'tool_calls' : 'finished';
    case 'stop_sequence':
      return hasToolCalls ? 'tool_calls' : 'stop_sequence';
    case 'max_tokens':
      return 'max_tokens';
    case 'model_context_window_exceeded':
      return 'context_window';
    case 'guardrail_intervened':
    case 'content_filtered':
      return 'filtered';
    case 'refusal':
      return 'refused';
    default:
      return stopReason satisfies never;
  }
}

/** Whether a tool's input is a whole JSON object; an empty one is `{}` (case 24). One that was cut off must never run (case 38). */
export function isWholeInput(input: string): boolean {
  return input.trim() === '' || isObject(parsedJson(input));
}
