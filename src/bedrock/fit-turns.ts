import { checkCachePoints } from '../converse/cache-points.ts';
import type { ContentBlock, Message, SystemBlock } from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import { dropBlanks, mergeTurns } from '../converse/turns.ts';
import type { Draft } from './draft.ts';

const silently = (): void => {};

/** Moves the system prompt to where the model reads it (cases 13, 15). */
export function fitSystem(draft: Draft): void {
  liftLeadingSystem(draft);
  wrapSystemTurns(draft);
  if (!draft.row.systemPrompt) lowerSystem(draft);
}

/** System turns ahead of the first user turn are the system prompt. */
function liftLeadingSystem(draft: Draft): void {
  const { messages, system } = draft.request;
  const first = messages[0];
  if (first?.role !== 'system') return;
  const lifted = first.content.filter(
    (block): block is SystemBlock & ContentBlock => 'text' in block || 'cachePoint' in block,
  );
  draft.request = { ...draft.request, messages: messages.slice(1), system: [...(system ?? []), ...lifted] };
}

/**
 * Without the role every system turn becomes a part of a user turn; with it, those that keep two user turns apart, or
 * two of the assistant (the answer to come among them), because the service looks past them and wants the roles to
 * alternate.
 */
function wrapSystemTurns(draft: Draft): void {
  const { messages } = draft.request;
  const wrap = (message: Message, at: number): boolean =>
    message.role === 'system' &&
    (!draft.row.systemMessages || messages[at - 1]?.role === (messages[at + 1]?.role ?? 'assistant'));
  if (!messages.some(wrap)) return;
  draft.note('system message moved into a user turn', 'the model takes the system role in fewer places');
  const wrapped = messages.map((message, at): Message => {
    if (!wrap(message, at)) return message;
    const content = message.content.map((block) =>
      'text' in block ? { text: `<system>\n${block.text}\n</system>` } : block,
    );
    return { role: 'user', content };
  });
  draft.request = { ...draft.request, messages: mergeTurns(wrapped, silently) };
}

function lowerSystem(draft: Draft): void {
  const { system, ...rest } = draft.request;
  if (!system) return;
  draft.note('system prompt put before the first message', 'the model has no system prompt');
  const texts = system.filter((block) => 'text' in block);
  const messages = mergeTurns([{ role: 'user', content: texts }, ...rest.messages], silently);
  draft.request = { ...rest, messages };
}

/** Lets the user open and close the conversation where the model wants it (cases 6, 7, 8). */
export function fitEnds(draft: Draft): void {
  const { row, request } = draft;
  const first = request.messages[0]?.role;
  if (first === undefined || (first === 'assistant' && !row.assistantFirst)) {
    draft.note('opening turn added', 'the model wants the user to speak first');
    const opening: Message = { role: 'user', content: [{ text: 'Begin.' }] };
    draft.request = { ...request, messages: [opening, ...request.messages] };
  }
  const last = request.messages.at(-1);
  if (last?.role !== 'assistant') return;
  // With thinking off "an assistant message in the final position cannot contain thinking" (tailcallhq/forgecode#1195).
  if (row.prefill && !draft.thinking && !last.content.some(isReasoning)) trimEnd(draft, last);
  else {
    draft.note('closing turn added', 'the model wants the user to speak last');
    const closing: Message = { role: 'user', content: [{ text: 'Continue.' }] };
    draft.request = { ...draft.request, messages: [...draft.request.messages, closing] };
  }
}

/** "final assistant content cannot end with trailing whitespace" (vercel/ai 8a15307). */
function trimEnd(draft: Draft, last: Message): void {
  const at = last.content.findLastIndex((block) => !('cachePoint' in block));
  const block = last.content[at];
  if (!block || !('text' in block) || !/\s$/.test(block.text)) return;
  draft.note('trailing whitespace trimmed', 'the model refuses it at the end of a begun answer');
  const content = last.content.with(at, { text: block.text.trimEnd() });
  draft.request = {
    ...draft.request,
    messages: [...draft.request.messages.slice(0, -1), { role: 'assistant', content }],
  };
}

/**
 * Keeps of the history's reasoning what the family takes back: signed text, plain text, bytes, or nothing
 * (cases 58–60). A signature tells not whose it is; only what cannot be one (no base64) is known to be foreign.
 */
export function fitReplay(draft: Draft): void {
  const { messages } = draft.request;
  if (!messages.some((message) => message.content.some((block) => 'reasoningContent' in block))) return;
  const replay = draft.row.reasoning ? draft.row.reasoning.replay : 'never';
  const fitted = messages.map((message) => {
    if (!message.content.some((block) => 'reasoningContent' in block)) return message;
    const content = message.content.flatMap((block) => replayed(block, replay));
    const same =
      content.length === message.content.length && content.every((block, at) => block === message.content[at]);
    return same ? message : { role: message.role, content };
  });
  if (fitted.every((message, at) => message === messages[at])) return;
  draft.note('earlier reasoning dropped', 'the model takes back only what it signed itself');
  keepTurns(draft, fitted);
}

function keepTurns(draft: Draft, messages: Message[]): void {
  const left = mergeTurns(dropBlanks(messages, silently), silently);
  draft.request = checkCachePoints({ ...draft.request, messages: left }, silently);
}

/**
 * Takes out signed reasoning that stands where the model refuses it: at the end of a turn that was cut off while it
 * thought ("The final block in an assistant message cannot be `thinking`", tailcallhq/forgecode#2107) and, for models that
 * think ahead of everything else, in a turn that begins otherwise ("the first block must be thinking or redacted_thinking",
 * anthropics/claude-code#20705).
 */
export function fitReasoningPlace(draft: Draft): void {
  const { reasoning } = draft.row;
  if (reasoning === false || reasoning.replay !== 'signed') return;
  const thinksAhead = reasoning.modes.includes('enabled') && !reasoning.modes.includes('adaptive');
  const fitted = rewriteList(draft.request.messages, (message) => {
    if (message.role !== 'assistant' || !message.content.some(isReasoning)) return message;
    const [first] = message.content;
    const kept =
      thinksAhead && first && !isReasoning(first)
        ? message.content.filter((block) => !isReasoning(block))
        : message.content.slice(0, lastSaid(message.content) + 1);
    return kept.length === message.content.length ? message : { role: message.role, content: kept };
  });
  if (fitted === draft.request.messages) return;
  draft.note('misplaced thinking dropped', 'the model wants it ahead of what it led to');
  keepTurns(draft, fitted);
}

/** The place of the last block that is no reasoning, with the cache point behind it. */
function lastSaid(content: readonly ContentBlock[]): number {
  return content.findLastIndex((block, at) => {
    const marked = 'cachePoint' in block ? content[at - 1] : block;
    return marked !== undefined && !('cachePoint' in marked) && !isReasoning(marked);
  });
}

function isReasoning(block: ContentBlock): boolean {
  return 'reasoningContent' in block;
}

function replayed(block: ContentBlock, replay: 'signed' | 'plain' | 'redacted' | 'never'): ContentBlock[] {
  if (!('reasoningContent' in block)) return [block];
  const { reasoningContent } = block;
  switch (replay) {
    case 'never':
      return [];
    case 'redacted':
      return 'redactedContent' in reasoningContent ? [block] : [];
    case 'plain': {
      if (!('reasoningText' in reasoningContent) || reasoningContent.reasoningText.text.trim() === '') return [];
      const { text, signature } = reasoningContent.reasoningText;
      return signature === undefined ? [block] : [{ reasoningContent: { reasoningText: { text } } }];
    }
    case 'signed':
      if ('redactedContent' in reasoningContent) return [block];
      return isBase64(reasoningContent.reasoningText.signature) ? [block] : [];
    default:
      return replay satisfies never;
  }
}

function isBase64(text: string | undefined): boolean {
  return text !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
