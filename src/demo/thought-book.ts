import { createHmac } from 'node:crypto';

/** Signs the demo model's thoughts and knows them again. */
export type ThoughtBook = {
  sign(text: string): string;
  isGenuine(text: string, signature: string): boolean;
  /** Hidden reasoning as base64, as the service gives it in `redactedContent`. */
  redacted(text: string): string;
  isGenuineRedacted(base64: string): boolean;
  /** Notes that a call was made after a thought. */
  noteCall(toolUseId: string): void;
  wasThought(toolUseId: string): boolean;
};

const remembered = 4096;

/**
 * The key is fixed, so that a chat goes on after a restart of the demo: the signature shows that a thought is unchanged,
 * and guards nothing.
 */
export function openThoughtBook(): ThoughtBook {
  const calls = new Set<string>();
  const sign = (text: string) => createHmac('sha384', 'claude-bedrock demo').update(text).digest('base64');
  return {
    sign,
    isGenuine: (text, signature) => signature === sign(text),
    redacted: (text) => Buffer.from(`${sign(text)}.${text}`).toString('base64'),
    isGenuineRedacted(base64) {
      const [signature = '', ...rest] = Buffer.from(base64, 'base64').toString().split('.');
      return signature === sign(rest.join('.'));
    },
    noteCall(toolUseId) {
      const [oldest] = calls;
      if (oldest !== undefined && calls.size >= remembered) calls.delete(oldest);
      calls.add(toolUseId);
    },
    wasThought: (toolUseId) => calls.has(toolUseId),
  };
}
