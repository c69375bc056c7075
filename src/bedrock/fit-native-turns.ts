import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { ModelInfo } from '../converse/model.ts';
import type { Note } from '../converse/notes.ts';
import { isBlank } from '../converse/turns.ts';
import { pairNativeTools, type NativeTurn as Turn } from './native-pairs.ts';

const why = {
  blank: 'the model refuses blank text',
  system: 'the model takes the system role in fewer places',
} as const;

/**
 * The conversation of a Messages body as the model takes it: without blank text, with system turns where it knows the
 * role (cases 9, 13), and with a result for each call (case 2). A lawful body comes back as the same object.
 */
export function fitNativeTurns(body: JsonObject, info: ModelInfo, note: Note): JsonObject {
  const { messages, system } = body;
  if (!Array.isArray(messages) || !messages.every(isRecord)) return body;
  let fitted = body;
  if (Array.isArray(system) && system.some(isBlankText)) {
    note('blank system text dropped', why.blank);
    fitted = withSystem(fitted, withoutBlanks(system.filter(isRecord)));
  }
  const told = messages.some((message) => hasBlank(message) || message['role'] === 'system' || hasTools(message));
  return told ? fitTurns(fitted, messages, info, note) : fitted;
}

function fitTurns(body: JsonObject, messages: readonly JsonObject[], info: ModelInfo, note: Note): JsonObject {
  const kept = messages.map((message) => spoken(message, note)).filter(({ content }) => content.length > 0);
  const leading = kept.findIndex(({ role }) => role !== 'system');
  const opening = kept.slice(0, leading < 0 ? kept.length : leading);
  const turns = joined(pairNativeTools(joined(wrapped(kept.slice(opening.length), info, note)), note));
  const lifted = opening.flatMap(({ content }) => content.filter((block) => block['type'] === 'text'));
  const begun = lifted.length > 0 ? withSystem(body, [...systemOf(body), ...lifted]) : body;
  if (turns.length > 0) return { ...begun, messages: turns };
  note('opening turn added', 'the model needs at least one message');
  return { ...begun, messages: [{ role: 'user', content: [{ type: 'text', text: 'Begin.' }] }] };
}

/** A message's content as blocks that say something. What stands beside thinking is left as it was signed. */
function spoken(message: JsonObject, note: Note): Turn {
  const { role = 'user', content } = message;
  const blocks = Array.isArray(content) ? content.filter(isRecord) : [{ type: 'text', text: String(content ?? '') }];
  if (!hasBlank(message)) return { role, content: blocks };
  note('blank text dropped', why.blank);
  return { role, content: withoutBlanks(blocks.map(withoutInnerBlanks)) };
}

function hasBlank({ content }: JsonObject): boolean {
  if (typeof content === 'string') return isBlank(content);
  if (!Array.isArray(content) || content.some(isThinking)) return false;
  return content.some(isBlankText) || content.some((block) => isObject(block) && withoutInnerBlanks(block) !== block);
}

function withoutInnerBlanks(block: JsonObject): JsonObject {
  const { type, content } = block;
  if (type !== 'tool_result' || !Array.isArray(content) || !content.some(isBlankText)) return block;
  return { ...block, content: content.filter((item) => !isBlankText(item)) };
}

/** The cache mark of a block that goes passes to the one before it. */
function withoutBlanks(blocks: readonly JsonObject[]): JsonObject[] {
  const kept: JsonObject[] = [];
  for (const block of blocks) {
    const last = kept.at(-1);
    const { cache_control: mark } = block;
    if (!isBlankText(block)) kept.push(block);
    else if (last && mark !== undefined) kept[kept.length - 1] = { cache_control: mark, ...last };
  }
  return kept;
}

/** As `wrapSystemTurns` does for Converse: where the role is unknown, stands between two turns of one side, or keeps a call from its result. */
function wrapped(turns: readonly Turn[], info: ModelInfo, note: Note): Turn[] {
  return turns.map((turn, at) => {
    const before = turns[at - 1];
    const isTaken =
      info.capabilities.systemMessages && before?.role !== turns[at + 1]?.role && !before?.content.some(isCall);
    if (turn.role !== 'system' || isTaken) return turn;
    note('system message moved into a user turn', why.system);
    const content = turn.content.map((block) =>
      block['type'] === 'text' ? { ...block, text: `<system>\n${String(block['text'])}\n</system>` } : block,
    );
    return { role: 'user', content };
  });
}

/** Neighbours of one role as one turn, tool results first: they must open the turn behind their calls. */
function joined(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role === turn.role) last.content = resultsFirst([...last.content, ...turn.content]);
    else merged.push({ ...turn });
  }
  return merged;
}

function resultsFirst(blocks: readonly JsonObject[]): JsonObject[] {
  const isResult = (block: JsonObject): boolean => block['type'] === 'tool_result';
  return [...blocks.filter(isResult), ...blocks.filter((block) => !isResult(block))];
}

/** The system prompt of a Messages body as blocks. */
export function systemOf({ system }: JsonObject): JsonObject[] {
  if (typeof system === 'string') return system === '' ? [] : [{ type: 'text', text: system }];
  return Array.isArray(system) ? system.filter(isRecord) : [];
}

function withSystem(body: JsonObject, system: JsonObject[]): JsonObject {
  const { system: _, ...rest } = body;
  return system.length > 0 ? { ...rest, system } : rest;
}

function isBlankText(block: JsonValue): boolean {
  return isObject(block) && block['type'] === 'text' && typeof block['text'] === 'string' && isBlank(block['text']);
}

/** Of JSON values `isObject` alone does not say that their members are JSON too. */
function isRecord(value: JsonValue): value is JsonObject {
  return isObject(value);
}

const hasTools = ({ content }: JsonObject): boolean =>
  Array.isArray(content) &&
  content.some((block) => isObject(block) && (block['type'] === 'tool_use' || block['type'] === 'tool_result'));

const isCall = ({ type }: JsonObject): boolean => type === 'tool_use';

function isThinking(block: JsonValue): boolean {
  return isObject(block) && (block['type'] === 'thinking' || block['type'] === 'redacted_thinking');
}
