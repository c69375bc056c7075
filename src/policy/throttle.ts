import type { Call } from '../converse/call.ts';
import { mapRequestText } from './request-text.ts';

/** What can be said about a call that Bedrock throttled. */
export type ThrottleFacts = {
  /** As the client named it. */
  model: string;
  region: string;
  /** An estimate. */
  inputTokens: number;
  /** What the request reserved for its answer; undefined when it named nothing. */
  maxTokens?: number | undefined;
  retryAfterMs?: number | undefined;
  /** A daily quota: waiting minutes does not help. */
  exhausted: boolean;
  /** What the service said, to tell requests from tokens. */
  said: string;
  /** The 99th percentile of this model's answers over the last seven days, in tokens. */
  p99Output?: number | undefined;
};

/** Answers below this are not worth right-sizing. */
const leastMaxTokens = 1024;

/**
 * Says which quota it was, what this request reserved, how long to wait, and what `max_tokens` would do. Bedrock takes
 * input and `max_tokens` from the quota when a call starts, whatever the answer uses.
 */
export function explainThrottle(facts: ThrottleFacts): string {
  const { model, region, exhausted, retryAfterMs } = facts;
  const sentences = [`Bedrock throttled ${model} in ${region}: ${quotaOf(facts)}.`];
  if (!/requests/i.test(facts.said)) sentences.push(...reservation(facts));
  if (exhausted) sentences.push('A daily quota comes back by the day, not by the minute.');
  else if (retryAfterMs !== undefined) sentences.push(`Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`);
  return sentences.join(' ');
}

function quotaOf({ said, exhausted }: ThrottleFacts): string {
  if (exhausted) return 'the tokens-per-day quota of the account is used up';
  if (/token/i.test(said)) return 'the tokens-per-minute quota';
  // Not "unable to process your request", which is want of capacity.
  if (/requests/i.test(said)) return 'the requests-per-minute quota';
  return 'a quota of the account, or Bedrock itself is short of capacity';
}

function reservation({ inputTokens, maxTokens, p99Output }: ThrottleFacts): string[] {
  if (maxTokens === undefined) return [];
  const reserved = inputTokens + maxTokens;
  const sentences = [
    `This request reserved about ${count(reserved)} tokens at its start: ${count(inputTokens)} of input and ${count(maxTokens)} of max_tokens.`,
  ];
  const enough = p99Output === undefined ? undefined : rightSized(p99Output);
  if (enough !== undefined && enough < maxTokens / 2) {
    const less = Math.round((100 * (maxTokens - enough)) / reserved);
    sentences.push(
      `In the last 7 days 99 % of this model's answers were at most ${count(p99Output ?? 0)} tokens: max_tokens ${count(enough)} would reserve ${less} % less.`,
    );
  }
  return sentences;
}

/** A quarter more than the longest usual answer, in steps of 512. */
export function rightSized(p99Output: number): number {
  return Math.max(leastMaxTokens, Math.ceil((p99Output * 1.25) / 512) * 512);
}

const count = (tokens: number): string => tokens.toLocaleString('en-US');

/** Four characters are about a token; media are left out, because their tokens depend on the model. */
export function estimateInputTokens({ request }: Pick<Call, 'request'>): number {
  let chars = 0;
  mapRequestText(request, (text) => {
    chars += text.length;
    return text;
  });
  for (const tool of request.toolConfig?.tools ?? [])
    if ('toolSpec' in tool) chars += JSON.stringify(tool.toolSpec.inputSchema).length;
  return Math.ceil(chars / 4);
}
