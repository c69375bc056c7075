import { blocksOf, kindOf, type Message } from './converse-body.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

const notEmpty: Law = ({ body }) => {
  if (body.messages.length === 0)
    return invalid('The conversation is empty. Add a message to the conversation and try again.');
  const at = body.messages.findIndex((message) => message.content.length === 0);
  if (at === -1) return undefined;
  return invalid(
    `The content field in the Message object at messages.${at} is empty. Add a ContentBlock object to the content field and try again.`,
  );
};

const blankText: Law = ({ body }) => {
  for (const { block, message, at, index } of blocksOf(body)) {
    if (block.text === undefined || block.text.trim() !== '') continue;
    const besideThought = message.content.some((other) => other.reasoningContent);
    if (!besideThought)
      return invalid(
        `The text field in the ContentBlock object at messages.${at}.content.${index} is blank. Add text to the text field, and try again.`,
      );
  }
  const index = body.system.findIndex((block) => block.text !== undefined && block.text.trim() === '');
  if (index === -1) return undefined;
  return invalid(
    `The text field in the SystemContentBlock object at system.${index} is blank. Add text to the text field, and try again.`,
  );
};

const systemRole: Law = ({ body, family }) => {
  const at = body.messages.findIndex((message) => message.role === 'system');
  if (at === -1 || family.systemRole) return undefined;
  return refusedByModel(`messages.${at}.role: role 'system' is not supported on this model`);
};

const systemPrompt: Law = ({ body, family }) =>
  body.system.length > 0 && !family.systemPrompt
    ? invalid("This model doesn't support system messages. Remove system messages and try again.")
    : undefined;

const startsWithUser: Law = ({ body, family }) => {
  const first = body.messages.find((message) => message.role !== 'system');
  if (first?.role === 'user' || (first && family.assistantFirst)) return undefined;
  return invalid(
    'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
  );
};

const rolesAlternate: Law = ({ body }) => {
  const turns = body.messages.filter((message) => message.role !== 'system');
  const broken = turns.some((message, at) => at > 0 && turns[at - 1]?.role === message.role);
  return broken
    ? invalid(
        'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
      )
    : undefined;
};

const assistantOnly = new Set(['toolUse', 'reasoningContent', 'citationsContent']);
const userOnly = new Set(['toolResult', 'image', 'document', 'video', 'audio', 'searchResult']);

const blockInItsRole: Law = ({ body }) => {
  for (const { block, message, at, index } of blocksOf(body)) {
    const kind = kindOf(block);
    if (message.role !== 'assistant' && kind === 'reasoningContent')
      return invalid(
        'User messages cannot contain reasoning content. Please remove the reasoning content and try again.',
      );
    if ((message.role !== 'assistant' && assistantOnly.has(kind)) || (message.role !== 'user' && userOnly.has(kind)))
      return invalid(
        `The ${kind} content block at messages.${at}.content.${index} is not allowed in a message of role ${message.role}. Remove it and try again.`,
      );
    if (message.role !== 'system' && (kind === 'toolAddition' || kind === 'toolRemoval'))
      return invalid(
        `The ${kind} content block at messages.${at}.content.${index} is allowed only in a message of role system.`,
      );
  }
  return undefined;
};

const endsLawfully: Law = ({ body, family }) => {
  const last = body.messages.at(-1);
  if (last?.role !== 'assistant') return undefined;
  if (!family.prefill)
    return refusedByModel(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  if (family.vendor === 'anthropic' && endsInSpace(last))
    return refusedByModel(`messages: final assistant content cannot end with trailing whitespace`);
  return undefined;
};

function endsInSpace(message: Message): boolean {
  const text = message.content.at(-1)?.text;
  return text !== undefined && text !== text.trimEnd();
}

/** One token per four characters: enough to meet the limit with a text that is far too long. */
const fitsContext: Law = ({ body, family }) => {
  const characters = JSON.stringify(body, (key, value: unknown) => (key === 'bytes' ? undefined : value)).length;
  return characters / 4 > family.contextTokens ? invalid('Input is too long for requested model.') : undefined;
};

/** Who speaks, in which order, and with which blocks. */
export const conversationLaws: readonly Law[] = [
  notEmpty,
  blankText,
  systemPrompt,
  systemRole,
  startsWithUser,
  rolesAlternate,
  blockInItsRole,
  endsLawfully,
  fitsContext,
];
