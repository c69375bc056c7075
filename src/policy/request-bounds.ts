import { ProxyError } from '../base/errors.ts';
import type { Change } from '../converse/changes.ts';
import type { ContentBlock, ConverseRequest, ToolResultContent } from '../converse/request.ts';

/** Bounds on what one request may hold; an absent one does not bind. */
export type RequestBounds = {
  /** Characters of all text, as people count them (code points): system, messages, tool calls and results. */
  promptChars?: number;
  images?: number;
  documents?: number;
  /** A client's `max_tokens` is kept inside these; the model's own limit is another room's matter. */
  maxTokens?: { least?: number; most?: number };
};

type Counts = { chars: number; images: number; documents: number };

/** Throws `too_large` for a request beyond a bound, with the numbers and the setting's name. */
export function checkBounds(request: ConverseRequest, bounds: RequestBounds): void {
  if (bounds.promptChars === undefined && bounds.images === undefined && bounds.documents === undefined) return;
  const counts = countContent(request, bounds.promptChars);
  refuseAbove('characters of text', counts.chars, bounds.promptChars, 'limits.promptChars');
  refuseAbove('images', counts.images, bounds.images, 'limits.images');
  refuseAbove('documents', counts.documents, bounds.documents, 'limits.documents');
}

function refuseAbove(what: string, found: number, most: number | undefined, setting: string): void {
  if (most === undefined || found <= most) return;
  throw new ProxyError('too_large', `The request holds ${found} ${what}; this proxy allows ${most}.`, {
    fix: `claude-bedrock config set ${setting} ${found}`,
  });
}

function countContent({ system, messages }: ConverseRequest, mostChars: number | undefined): Counts {
  const counts: Counts = { chars: 0, images: 0, documents: 0 };
  const texts: string[] = [];
  for (const block of system ?? []) if ('text' in block) texts.push(block.text);
  for (const { content } of messages) for (const block of content) count(block, counts, texts);
  counts.chars = texts.reduce((sum, text) => sum + text.length, 0);
  // An emoji is one character in two units or more; looked at only where it matters.
  if (mostChars !== undefined && counts.chars > mostChars)
    counts.chars = texts.reduce((sum, text) => sum + codePoints(text), 0);
  return counts;
}

function count(block: ContentBlock | ToolResultContent, counts: Counts, texts: string[]): void {
  if ('text' in block) texts.push(block.text);
  else if ('image' in block) counts.images++;
  else if ('document' in block) counts.documents++;
  else if ('json' in block) texts.push(JSON.stringify(block.json));
  else if ('toolUse' in block) texts.push(JSON.stringify(block.toolUse.input));
  else if ('toolResult' in block) for (const part of block.toolResult.content) count(part, counts, texts);
}

function codePoints(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/** The request with its `max_tokens` inside the bounds, and the change if it had to move. A request that names none is left alone. */
export function boundMaxTokens(
  request: ConverseRequest,
  { maxTokens: bound }: RequestBounds,
): { request: ConverseRequest; change?: Change } {
  const asked = request.inferenceConfig?.maxTokens;
  if (asked === undefined || !bound) return { request };
  const kept = Math.max(bound.least ?? 1, Math.min(bound.most ?? asked, asked));
  if (kept === asked) return { request };
  return {
    request: { ...request, inferenceConfig: { ...request.inferenceConfig, maxTokens: kept } },
    change: { what: `max_tokens ${asked} -> ${kept}`, why: 'The settings of this proxy bound max_tokens.' },
  };
}
