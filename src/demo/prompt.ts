import type { ConverseBody } from './converse-body.ts';

/** The texts of the last user turn. */
export function lastUserParts(body: ConverseBody): string[] {
  const last = body.messages.findLast(
    (message) => message.role === 'user' && message.content.some((block) => block.text),
  );
  return (last?.content ?? []).flatMap((block) => block.text ?? []);
}

/** The same, joined. */
export const lastUserText = (body: ConverseBody): string => lastUserParts(body).join('\n').trim();

/** The tool results that the conversation ends with, as text. */
export function lastResults(body: ConverseBody): string[] {
  const last = body.messages.findLast((message) => message.role !== 'system');
  return (last?.content ?? []).flatMap(({ toolResult }) =>
    toolResult
      ? [toolResult.content.map((item) => item.text ?? JSON.stringify(item.json ?? '(attachment)')).join(' ')]
      : [],
  );
}
