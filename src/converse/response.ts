import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import { callIds } from './call-ids.ts';
import { malformedIn, type OnUnknown, readCost, readStop } from './ending.ts';
import type { Answer, Block, Served } from './events.ts';
import { withSpent } from './usage.ts';

/** A whole Converse response (parsed JSON) as an answer. Throws `upstream_rejected` when it holds no message, or a malformed one. */
export function converseResponse(body: unknown, served: Served, onUnknown: OnUnknown = () => {}): Answer {
  const content = contentOf(body);
  if (!isObject(body) || !content)
    throw new ProxyError('upstream_rejected', 'Bedrock answered without a message.', { retry: 'once' });
  const blocks: Block[] = [];
  const ids = callIds();
  for (const item of content) {
    const block = isObject(item) ? blockOf(item, ids.next) : undefined;
    if (block) blocks.push(block);
  }
  const cost = readCost(body);
  const fault = malformedIn(body);
  if (fault) throw withSpent(fault, { served, end: cost });
  const changes = ids.changes();
  const told = changes.length > 0 ? { ...served, changes: [...served.changes, ...changes] } : served;
  return { served: told, blocks, end: { ...readStop(body, onUnknown), ...cost } };
}

function contentOf(body: unknown): unknown[] | undefined {
  const output = isObject(body) ? body['output'] : undefined;
  const message = isObject(output) ? output['message'] : undefined;
  const content = isObject(message) ? message['content'] : undefined;
  return Array.isArray(content) ? content : undefined;
}

/** Undefined for empty text, which says nothing and which the service itself would refuse in the next request. */
function blockOf(item: Record<string, unknown>, nextId: (given: unknown) => string): Block | undefined {
  const { text, toolUse, reasoningContent, citationsContent } = item;
  if (typeof text === 'string') return text === '' ? undefined : { kind: 'text', text };
  if (isObject(toolUse) && toolUse['type'] === undefined) return toolBlock(toolUse, nextId);
  if (isObject(reasoningContent)) return reasoningBlock(reasoningContent);
  if (isObject(citationsContent)) return citedBlock(citationsContent);
  // Everything in it came out of JSON.parse.
  return { kind: 'other', value: item as JsonObject };
}

function toolBlock(use: Record<string, unknown>, nextId: (given: unknown) => string): Block {
  const { toolUseId, name, input } = use;
  if (typeof name !== 'string')
    throw new ProxyError('upstream_rejected', 'Bedrock answered with a call of no tool.', { retry: 'once' });
  return { kind: 'tool', id: nextId(toolUseId), name, input: JSON.stringify(input ?? {}) };
}

function reasoningBlock(content: Record<string, unknown>): Block | undefined {
  const { reasoningText, redactedContent } = content;
  if (typeof redactedContent === 'string') return { kind: 'redacted', data: redactedContent };
  if (!isObject(reasoningText)) return undefined;
  const { text, signature } = reasoningText;
  const block: Block = { kind: 'reasoning', text: typeof text === 'string' ? text : '' };
  if (typeof signature === 'string' && signature !== '') block.signature = signature;
  return block;
}

/** With citations on, the answer's text stands here and not under `text`. */
function citedBlock(content: Record<string, unknown>): Block {
  const { content: texts, citations } = content;
  const text = Array.isArray(texts) ? texts.map((part) => (isObject(part) ? String(part['text'] ?? '') : '')) : [];
  const cited = Array.isArray(citations) ? citations.filter((item): item is JsonObject => isObject(item)) : [];
  return { kind: 'text', text: text.join(''), citations: cited };
}
