import type { Capabilities } from '../converse/model.ts';

/**
 * What a model can be expected to take when nothing else is known: text and tools, no wish that needs a field of its own.
 * The row of every unknown id, and the ground of all others.
 */
export const plainRow: Capabilities = {
  tools: true,
  toolStreaming: true,
  toolChoice: ['auto'],
  strictTools: false,
  parallelToolControl: false,
  besideToolResult: ['text', 'image', 'document'],
  toolResultStatus: true,
  toolResultMedia: [],
  toolNames: 'plain',
  toolIds: 'plain',
  systemPrompt: true,
  systemMessages: false,
  streaming: true,
  images: false,
  documents: false,
  audio: false,
  video: false,
  sampling: 'both',
  stopSequences: true,
  topK: false,
  assistantFirst: false,
  prefill: false,
  structuredOutput: false,
  reasoning: false,
  promptCaching: false,
  countTokens: false,
};
