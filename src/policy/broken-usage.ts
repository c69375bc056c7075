import type { Call } from '../converse/call.ts';
import type { Event, Served, Usage } from '../converse/events.ts';
import { isFree } from './cost.ts';
import { estimateInputTokens } from './throttle.ts';

/** The characters of a batch's deltas. */
export function charsSaid(batch: readonly Event[]): number {
  let chars = 0;
  for (const event of batch) if (event.type === 'delta') chars += event.text.length;
  return chars;
}

/**
 * About what a call used of which Bedrock told nothing, because the client left (case 101) or the stream broke: once the
 * answer has begun it is paid for. Undefined where nothing began, or it came from memory. Four characters are about a token.
 */
export function usageOfBroken(call: Call, served: Served | undefined, saidChars: number): Usage | undefined {
  if (!served || isFree(served)) return undefined;
  const inputTokens = estimateInputTokens(call);
  const outputTokens = Math.ceil(saidChars / 4);
  const totalTokens = inputTokens + outputTokens;
  return { inputTokens, outputTokens, totalTokens, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 };
}
