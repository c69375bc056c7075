import type { CallOutcome } from '../observe/call-record.ts';

/** A model id without what every id has in common: `eu.anthropic.claude-sonnet-5-v1:0` → `claude-sonnet-5`. */
export function shortModel(id: string): string {
  const last = id.slice(id.lastIndexOf('/') + 1);
  return last.replace(/^(?:[a-z-]{2,8}\.)?[a-z0-9]+\./, '').replace(/(?:-\d{8})?(?:-v\d+)?(?::\d+)?$/, '') || id;
}

/** A client's name without its version: `claude-cli/2.1.14` → `claude-cli`. */
export const shortClient = (name: string): string => name.split('/', 1)[0] || name;

const shapes: Record<string, string> = {
  'openai-chat': 'chat',
  'openai-responses': 'responses',
  'openai-completions': 'completions',
  'openai-embeddings': 'embeddings',
  'anthropic-messages': 'messages',
};

/** A wire format in one word. */
export const shapeOf = (format: string): string => shapes[format] ?? format;

export const outcomeWords: Record<CallOutcome, string> = {
  served: 'served',
  cached: 'from cache',
  shared: 'shared',
  refused: 'refused',
  aborted: 'client left',
  failed: 'failed',
};
