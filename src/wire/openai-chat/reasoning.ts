import { isObject, type JsonObject } from '../../base/json.ts';
import type { ContentBlock, ReasoningBlock } from '../../converse/request.ts';
import { openReasoning, sealReasoning, type Thought } from '../reasoning-envelope.ts';

/*
 * Chat Completions has no field for thinking that comes back. Claude's signed thinking must, in its place (cases 55, 56),
 * so it travels in the extra fields that clients are known to keep: `reasoning_details` (OpenRouter's) and
 * `thinking_blocks` (LiteLLM's). Text without a signature is for reading only and is not taken back.
 */

/** The fields that carry a thought to the client and back. */
export function carriers(block: ReasoningBlock, place: number): JsonObject {
  if ('redactedContent' in block) {
    const data = block.redactedContent;
    return {
      reasoning_details: [{ type: 'reasoning.encrypted', data, index: place }],
      thinking_blocks: [{ type: 'redacted_thinking', data, index: place }],
    };
  }
  const { text, signature = null } = block.reasoningText;
  return {
    reasoning_details: [{ type: 'reasoning.text', text, signature, index: place }],
    thinking_blocks: [{ type: 'thinking', thinking: text, signature, index: place }],
  };
}

/** The thoughts that an assistant message brings back, in whichever field its client keeps them; each once. */
export function thoughtsOf(message: Record<string, unknown>): Thought[] {
  const details = thoughtsIn(message['reasoning_details']);
  if (details.length > 0) return details;
  const blocks = thoughtsIn(message['thinking_blocks']);
  return blocks.length > 0 ? blocks : copilotThought(message);
}

/** The tool call's field in which the AI SDK keeps a signature: here all of the thoughts that stand before the call. */
export function extraContent(thoughts: readonly Thought[]): JsonObject {
  return { google: { thought_signature: sealReasoning(thoughts) } };
}

/** Thoughts that ride on a tool call: without a place, they stand before their own call. */
export function thoughtsOfCall(extra: unknown): Thought[] {
  if (!isObject(extra)) return [];
  const { bedrock, google } = extra;
  const sealed = isObject(google) ? google['thought_signature'] : undefined;
  const opened = typeof sealed === 'string' ? openReasoning(sealed) : undefined;
  return opened ?? thoughtsIn(Array.isArray(bedrock) ? bedrock : [bedrock]);
}

function thoughtsIn(list: unknown): Thought[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const block = isObject(item) ? readThought(item) : undefined;
    if (!block) return [];
    const place = isObject(item) ? item['index'] : undefined;
    return [typeof place === 'number' ? { block, place } : { block }];
  });
}

/** One thought in any known spelling; undefined when it is unsigned. A signature with empty text stays (case 57). */
export function readThought(item: Record<string, unknown>): ReasoningBlock | undefined {
  const inner = item['reasoningContent'];
  if (isObject(inner)) return readThought(inner);
  const nested = item['reasoningText'];
  if (isObject(nested)) return readThought(nested);
  const data = item['data'] ?? item['redactedContent'];
  if (typeof data === 'string' && data !== '') return { redactedContent: data };
  const signature = item['signature'];
  if (typeof signature !== 'string' || signature === '') return undefined;
  const text = item['thinking'] ?? item['text'];
  return { reasoningText: { text: typeof text === 'string' ? text : '', signature } };
}

/**
 * Copilot keeps one id for its whole chain of thought: ours holds all thoughts, because the joined text of several fits
 * none of their signatures. A foreign id may be the signature itself.
 */
function copilotThought(message: Record<string, unknown>): Thought[] {
  const signature = message['cot_id'] ?? message['reasoning_opaque'];
  const opened = typeof signature === 'string' ? openReasoning(signature) : undefined;
  if (opened) return opened;
  const text = message['cot_summary'] ?? message['reasoning_text'];
  const block = readThought({ signature, text });
  return block ? [{ block }] : [];
}

/** Puts thoughts among a message's other blocks: at their place when it is known, else before everything. */
export function withThoughts(thoughts: readonly Thought[], blocks: readonly ContentBlock[]): ContentBlock[] {
  const waiting = thoughts.filter(({ place }) => place !== undefined).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  const placed: ContentBlock[] = thoughts
    .filter(({ place }) => place === undefined)
    .map(({ block }) => ({ reasoningContent: block }));
  let count = placed.length;
  for (const block of blocks) {
    if (!('cachePoint' in block)) {
      for (let next = waiting[0]; next && (next.place ?? 0) <= count; next = waiting[0], count++) {
        placed.push({ reasoningContent: next.block });
        waiting.shift();
      }
      count++;
    }
    placed.push(block);
  }
  return [...placed, ...waiting.map(({ block }) => ({ reasoningContent: block }))];
}

/** Two sources may hold the same thought; the one met first stays. */
export function withoutRepeats(blocks: readonly ContentBlock[]): ContentBlock[] {
  const seen = new Set<string>();
  return blocks.filter((block) => {
    if (!('reasoningContent' in block)) return true;
    const thought = block.reasoningContent;
    const key = 'redactedContent' in thought ? thought.redactedContent : (thought.reasoningText.signature ?? '');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
