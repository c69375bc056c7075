import { isObject } from '../base/json.ts';
import { blocksOf, kindOf, toolIds } from './converse-body.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

const everyCallIsAnswered: Law = ({ body }) => {
  for (const [at, message] of body.messages.entries()) {
    if (message.role !== 'assistant') continue;
    const calls = toolIds(message, 'toolUse');
    const next = body.messages.slice(at + 1).findIndex((later) => later.role !== 'system');
    const answers = next === -1 ? [] : toolIds(body.messages[at + 1 + next], 'toolResult');
    const missing = calls.filter((id) => !answers.includes(id));
    if (missing.length > 0)
      return invalid(
        `Expected toolResult blocks at messages.${at + 1}.content for the following Ids: ${missing.join(', ')}`,
      );
  }
  return undefined;
};

const everyAnswerHasItsCall: Law = ({ body }) => {
  for (const [at, message] of body.messages.entries()) {
    const answers = toolIds(message, 'toolResult');
    if (answers.length === 0) continue;
    const before = body.messages.slice(0, at).findLast((earlier) => earlier.role !== 'system');
    const calls = toolIds(before, 'toolUse');
    if (answers.length > calls.length)
      return invalid(
        `The number of toolResult blocks at messages.${at}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    if (new Set(answers).size < answers.length)
      return invalid(
        `The toolResult blocks at messages.${at}.content contain duplicate Ids: ${repeated(answers).join(', ')}`,
      );
  }
  return undefined;
};

const callIdsDiffer: Law = ({ body }) => {
  const calls = body.messages.flatMap((message) => toolIds(message, 'toolUse'));
  const twice = repeated(calls);
  return twice.length === 0
    ? undefined
    : invalid(
        `The toolUse blocks in messages contain duplicate Ids: ${twice.join(', ')}. Tool use Ids must be unique.`,
      );
};

const repeated = (ids: readonly string[]): string[] => [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];

const nineCharacterIds: Law = ({ body, family }) => {
  if (!family.nineCharacterIds) return undefined;
  const wrong = body.messages
    .flatMap((message) => toolIds(message, 'toolUse'))
    .find((id) => !/^[a-zA-Z0-9]{9}$/.test(id));
  return wrong === undefined
    ? undefined
    : refusedByModel(`Tool call id was ${wrong} but must be a-z, A-Z, 0-9, with a length of 9.`);
};

const inputsAreObjects: Law = ({ body }) => {
  for (const { block, at, index } of blocksOf(body)) {
    if (block.toolUse && !isObject(block.toolUse.input))
      return invalid(
        `The format of the value at messages.${at}.content.${index}.toolUse.input is invalid. Provide a json object for the field and try again.`,
      );
    for (const [place, item] of (block.toolResult?.content ?? []).entries()) {
      if (!('json' in item)) continue;
      if (!isObject(item.json) || holdsTypeKey(item.json))
        return invalid(
          `The format of the value at messages.${at}.content.${index}.toolResult.content.${place}.json is invalid. Provide a json object for the field and try again.`,
        );
    }
  }
  return undefined;
};

function holdsTypeKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsTypeKey);
  return isObject(value) && ('__type' in value || Object.values(value).some(holdsTypeKey));
}

const resultsAreTold: Law = ({ body, family }) => {
  for (const { block, at, index } of blocksOf(body)) {
    if (!block.toolResult) continue;
    if (block.toolResult.status !== undefined && !family.toolResultStatus)
      return invalid("This model doesn't support the status field. Remove status and try again.");
    if (block.toolResult.content.length === 0 && !family.emptyToolResult)
      return refusedByModel(`messages.${at}.content.${index}: the content of a tool result must not be empty`);
    const blank = block.toolResult.content.findIndex((item) => item.text !== undefined && item.text.trim() === '');
    if (blank !== -1)
      return invalid(
        `The text field in the ToolResultContentBlock object at messages.${at}.content.${index}.toolResult.content.${blank} is blank. Add text to the text field, and try again.`,
      );
  }
  return undefined;
};

/** Blocks that a family lets stand beside results; Claude wants the results first. */
const besideResults: Law = ({ body, family }) => {
  for (const [at, message] of body.messages.entries()) {
    const kinds = message.content.map(kindOf).filter((kind) => kind !== 'cachePoint');
    const last = kinds.lastIndexOf('toolResult');
    if (last === -1) continue;
    if (kinds.some((kind) => kind !== 'toolResult' && !family.besideToolResult.includes(kind)))
      return invalid('Conversation blocks and tool result blocks cannot be provided in the same turn.');
    if (family.vendor === 'anthropic' && kinds.slice(0, last).some((kind) => kind !== 'toolResult'))
      return refusedByModel(
        `messages.${at}: \`tool_result\` blocks must come first in the content of a user message that answers \`tool_use\` blocks`,
      );
  }
  return undefined;
};

/** How earlier calls and their results must stand in the conversation. */
export const toolHistoryLaws: readonly Law[] = [
  inputsAreObjects,
  callIdsDiffer,
  everyCallIsAnswered,
  everyAnswerHasItsCall,
  resultsAreTold,
  besideResults,
  nineCharacterIds,
];
