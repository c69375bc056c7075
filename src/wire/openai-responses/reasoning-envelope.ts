import { isObject } from '../../base/json.ts';
import type { ReasoningBlock } from '../../converse/request.ts';

/*
 * `encrypted_content` is opaque to clients and comes back as it was given. Ours is base64 of a small JSON document with
 * the service's own signed or encrypted blocks: it hides nothing that the client was not shown, and the service checks
 * the signature itself.
 */

const version = 1;

/** The value of `encrypted_content` for an answer's thinking. */
export function sealReasoning(blocks: readonly ReasoningBlock[]): string {
  return Buffer.from(JSON.stringify({ v: version, blocks })).toString('base64');
}

/** The blocks in an `encrypted_content` of ours; undefined for another service's, or a broken one. */
export function openReasoning(sealed: string): ReasoningBlock[] | undefined {
  const envelope = parsed(Buffer.from(sealed, 'base64').toString());
  if (!isObject(envelope) || envelope['v'] !== version || !Array.isArray(envelope['blocks'])) return undefined;
  const blocks = envelope['blocks'].map(reasoningBlock);
  return blocks.every((block) => block !== undefined) ? blocks : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
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
