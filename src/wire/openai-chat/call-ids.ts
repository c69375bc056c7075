import type { Change } from '../../converse/changes.ts';
import { type CallTrace, nameCalls } from '../unnamed-calls.ts';
import { type ChatMessage, type ChatRequest, messageParam } from './schema.ts';

/** The messages with an id for each tool call and result; those that came without are paired by their order. */
export function withCallIds(request: ChatRequest, changes: Change[]): ChatMessage[] {
  const messages = request.messages.slice();
  nameCalls(
    messages.flatMap((_, index) => tracesOf(messages, index, messageParam(request, index))),
    changes,
  );
  return messages;
}

/** What a message holds of calls and results; giving one an id puts a copy of the message in its place. */
function tracesOf(messages: ChatMessage[], index: number, at: string): CallTrace[] {
  const message = messages[index];
  if (message?.role === 'tool') {
    const name = (id: string): void => {
      messages[index] = { ...message, tool_call_id: id };
    };
    return [{ kind: 'result', id: message.tool_call_id ?? undefined, param: `${at}.tool_call_id`, name }];
  }
  if (message?.role !== 'assistant' || !message.tool_calls) return [];
  const calls = message.tool_calls.slice();
  return calls.map((call, place) => ({
    kind: 'call',
    id: call.id ?? undefined,
    param: `${at}.tool_calls[${place}].id`,
    name(id) {
      calls[place] = { ...call, id };
      messages[index] = { ...message, tool_calls: calls };
    },
  }));
}
