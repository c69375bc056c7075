import { isObject, parsedJson } from '../base/json.ts';
import type { ReasoningBlock } from '../converse/request.ts';

/*
 * Some clients keep one opaque string of an answer's thinking and give it back as it was: `encrypted_content` of
 * Responses, Copilot's `reasoning_opaque`, the AI SDK's `thought_signature`. Ours is base64 of a small JSON document with
 * the service's own signed or encrypted blocks: it hides nothing that the client was not shown, and the service checks
 * the signature itself.
 */

/** `place`: how many of the message's other blocks (the text, each call, each thought) stand before it. */
export type Thought = { block: ReasoningBlock; place?: number };

const version = 1;

/** The opaque string for thoughts; their places come along where they are known. */
export function sealReasoning(thoughts: readonly Thought[]): string {
  const places = thoughts.flatMap(({ place }) => (place === undefined ? [] : [place]));
  const blocks = thoughts.map(({ block }) => block);
  const placed = places.length > 0 && places.length === blocks.length;
  return Buffer.from(JSON.stringify({ v: version, blocks, ...(placed ? { places } : {}) })).toString('base64');
}

/** The thoughts in a string of ours; undefined for another service's, or a broken one. */
export function openReasoning(sealed: string): Thought[] | undefined {
  const envelope = parsedJson(Buffer.from(sealed, 'base64').toString());
  if (!isObject(envelope) || envelope['v'] !== version || !Array.isArray(envelope['blocks'])) return undefined;
  const blocks = envelope['blocks'].flatMap((value) => reasoningBlock(value) ?? []);
  if (blocks.length < envelope['blocks'].length) return undefined;
  const places: unknown[] = Array.isArray(envelope['places']) ? envelope['places'] : [];
  return blocks.map((block, at) => {
    const place = places[at];
    return typeof place === 'number' ? { block, place } : { block };
  });
}

/** Only members that Converse knows get through. */
function reasoningBlock(value: unknown): ReasoningBlock | undefined {
  if (!isObject(value)) return undefined;
  const { reasoningText, redactedContent } = value;
  if (typeof redactedContent === 'string' && redactedContent !== '') return { redactedContent };
  if (!isObject(reasoningText) || typeof reasoningText['text'] !== 'string') return undefined;
  const { text, signature } = reasoningText;
  return { reasoningText: typeof signature === 'string' ? { text, signature } : { text } };
}
