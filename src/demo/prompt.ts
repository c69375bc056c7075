import type { ConverseBody } from './converse-body.ts';

/** The text of the last user turn, its parts joined. */
export function lastUserText(body: ConverseBody): string {
  const last = body.messages.findLast(
    (message) => message.role === 'user' && message.content.some((block) => block.text),
  );
  return (last?.content ?? [])
    .flatMap((block) => block.text ?? [])
    .join('\n')
    .trim();
}

/** The tool results that the conversation ends with, as text. */
export function lastResults(body: ConverseBody): string[] {
  const last = body.messages.findLast((message) => message.role !== 'system');
  return (last?.content ?? []).flatMap(({ toolResult }) =>
    toolResult
      ? [toolResult.content.map((item) => item.text ?? JSON.stringify(item.json ?? '(attachment)')).join(' ')]
      : [],
  );
}
