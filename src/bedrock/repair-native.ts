import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { ModelInfo } from '../converse/model.ts';

type Repaired = { member: string; body: JsonObject };

/** A Messages body without what the refusal names, and the name of that; undefined when it names nothing that is there. */
export function repairNative(error: unknown, body: JsonObject, info: ModelInfo): Repaired | undefined {
  if (!(error instanceof ProxyError)) return undefined;
  const words = `${error.publicMessage}\n${error.facts.detail ?? ''}`;
  if (/invalid `?(?:signature|data)`? in `?(?:redacted_)?thinking/i.test(words)) return withoutThoughts(body, info);
  if (/invalid beta flag/i.test(words) && body['anthropic_beta'] !== undefined) {
    const { anthropic_beta: _, ...rest } = body;
    return { member: 'anthropic_beta', body: rest };
  }
  return withoutRefused(words, body);
}

/**
 * "Invalid `signature` in `thinking` block": the history without its thoughts. Where the last turn called a tool, the model
 * would miss them while it thinks, so it does not.
 */
function withoutThoughts(body: JsonObject, { capabilities }: ModelInfo): Repaired | undefined {
  const { messages } = body;
  if (!Array.isArray(messages)) return undefined;
  const kept = messages.map((message) => {
    if (!isObject(message) || !Array.isArray(message['content'])) return message;
    const content = message['content'].filter((block) => !isThought(block));
    if (content.length === message['content'].length) return message;
    return { ...message, content: content.length > 0 ? content : [{ type: 'text', text: '[thinking left out]' }] };
  });
  if (kept.every((message, at) => message === messages[at])) return undefined;
  const repaired: JsonObject = { ...body, messages: kept };
  if (callsTool(messages)) {
    const { reasoning } = capabilities;
    if (reasoning !== false && reasoning.modes.includes('disabled')) repaired['thinking'] = { type: 'disabled' };
    else delete repaired['thinking'];
  }
  return { member: 'earlier thinking', body: repaired };
}

const isThought = (block: JsonValue): boolean =>
  isObject(block) && (block['type'] === 'thinking' || block['type'] === 'redacted_thinking');

/** Whether the last turn of the assistant called a tool. */
function callsTool(messages: readonly JsonValue[]): boolean {
  const last = messages.findLast((message) => isObject(message) && message['role'] === 'assistant');
  const content = isObject(last) ? last['content'] : undefined;
  return Array.isArray(content) && content.some((block) => isObject(block) && block['type'] === 'tool_use');
}

/**
 * "context_management: Extra inputs are not permitted", "tools.0.custom.defer_loading: Extra inputs …": the member that the
 * model's version does not know, out of the body or out of every block of that part of it.
 */
function withoutRefused(words: string, body: JsonObject): Repaired | undefined {
  const path = /(?:^|[\s:])([a-z_]+(?:\.\w+)*): Extra inputs are not permitted/.exec(words)?.[1]?.split('.') ?? [];
  const [root, member] = [path[0], path.at(-1)];
  if (root === undefined || member === undefined || body[root] === undefined) return undefined;
  if (path.length > 1) {
    const part = withoutMember(body[root], member);
    return part === body[root] ? undefined : { member: path.join('.'), body: { ...body, [root]: part } };
  }
  if (root === 'messages') return undefined;
  const { [root]: _, ...rest } = body;
  return { member, body: rest };
}

/** The same object when `member` is nowhere in it. A tool's input and schema are the person's own data. */
function withoutMember(value: JsonValue, member: string): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutMember(item, member));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => name !== member);
  const kept = entries.map(([name, inner]) => {
    const isOwn = name === 'input' || name === 'input_schema';
    return [name, isOwn ? inner : withoutMember(inner, member)] as const;
  });
  const isSame = kept.length === Object.keys(value).length && kept.every(([name, inner]) => inner === value[name]);
  return isSame ? value : Object.fromEntries(kept);
}
