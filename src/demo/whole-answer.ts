import { isObject } from '../base/json.ts';
import type { StreamEvent } from './frames.ts';

type OpenBlock = { kind: string; text: string; signature?: string; base64?: string; start: Record<string, unknown> };

/** Folds scripted stream events into the body that Converse would have answered with. */
export function wholeAnswer(events: readonly StreamEvent[]): Record<string, unknown> {
  const blocks = new Map<number, OpenBlock>();
  let rest: Record<string, unknown> = {};
  for (const event of events) {
    const { contentBlockStart, contentBlockDelta, messageStop, metadata } = event;
    const place = contentBlockStart ?? contentBlockDelta;
    if (place) addTo(blocks, Number(place['contentBlockIndex']), place);
    if (messageStop) rest = { ...rest, ...withoutPadding(messageStop) };
    if (metadata) rest = { ...rest, ...withoutPadding(metadata) };
  }
  return { output: { message: { role: 'assistant', content: [...blocks.values()].map(blockOf) } }, ...rest };
}

const withoutPadding = ({ p: _, ...members }: Readonly<Record<string, unknown>>): Record<string, unknown> => members;

function addTo(blocks: Map<number, OpenBlock>, index: number, place: Readonly<Record<string, unknown>>): void {
  const block = blocks.get(index) ?? { kind: 'text', text: '', start: {} };
  blocks.set(index, block);
  const start = isObject(place['start']) && isObject(place['start']['toolUse']) ? place['start']['toolUse'] : undefined;
  if (start) Object.assign(block, { kind: 'toolUse', start });
  const delta = isObject(place['delta']) ? place['delta'] : {};
  if (typeof delta['text'] === 'string') block.text += delta['text'];
  if (isObject(delta['toolUse'])) block.text += String(delta['toolUse']['input'] ?? '');
  if (isObject(delta['reasoningContent'])) addThought(block, delta['reasoningContent']);
}

function addThought(block: OpenBlock, thought: Record<string, unknown>): void {
  block.kind = 'reasoning';
  if (typeof thought['text'] === 'string') block.text += thought['text'];
  if (typeof thought['signature'] === 'string') block.signature = thought['signature'];
  if (typeof thought['redactedContent'] === 'string') block.base64 = thought['redactedContent'];
}

function blockOf({ kind, text, signature, base64, start }: OpenBlock): Record<string, unknown> {
  if (kind === 'toolUse') return { toolUse: { ...start, input: JSON.parse(text || '{}') } };
  if (base64 !== undefined) return { reasoningContent: { redactedContent: base64 } };
  if (kind === 'reasoning')
    return { reasoningContent: { reasoningText: { text, ...(signature === undefined ? {} : { signature }) } } };
  return { text };
}
