import type { End, Served, Usage } from '../converse/events.ts';
import type { Price } from '../converse/model.ts';
import type { Cost } from '../observe/call-record.ts';

/** Tokens by the five prices that Bedrock has for them. */
export type PricedTokens = {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
};

/** Bedrock tells writes by their lifetime in `cacheDetails`; without it every write is of the default five minutes. */
export function pricedTokens(usage: Usage): PricedTokens {
  const hour =
    usage.cacheDetails?.reduce((sum, { ttl, inputTokens }) => sum + (ttl === '1h' ? inputTokens : 0), 0) ?? 0;
  return {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cacheRead: usage.cacheReadInputTokens,
    cacheWrite5m: Math.max(0, usage.cacheWriteInputTokens - hour),
    cacheWrite1h: hour,
  };
}

/**
 * What these tokens cost, or undefined when a price that is needed is not known: "unpriced" is never shown as zero.
 * Prices are USD per million tokens.
 */
export function priceTokens(tokens: PricedTokens, price: Price | undefined): Cost | undefined {
  if (!price) return undefined;
  let micro = 0;
  for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
    const each = price[kind];
    if (tokens[kind] > 0 && each === undefined) return undefined;
    micro += tokens[kind] * (each ?? 0);
  }
  const uncached = (tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h) * (price.input ?? 0);
  const cached =
    tokens.cacheRead * (price.cacheRead ?? 0) +
    tokens.cacheWrite5m * (price.cacheWrite5m ?? 0) +
    tokens.cacheWrite1h * (price.cacheWrite1h ?? 0);
  return { usd: micro / 1e6, savedUsd: price.input === undefined ? 0 : (uncached - cached) / 1e6 };
}

/** What an answer cost: nothing when it came from memory or from another call in flight, which is then what was saved. */
export function costOfAnswer(served: Served, end: Partial<End>, price: Price | undefined): Cost | undefined {
  if (!end.usage) return undefined;
  // Flex and priority have prices of their own, which the table does not hold: unpriced rather than guessed.
  if (end.serviceTier !== undefined && end.serviceTier !== 'default') return undefined;
  const spent = priceTokens(pricedTokens(end.usage), price);
  return spent && isFree(served) ? { usd: 0, savedUsd: spent.usd } : spent;
}

/** Whether an answer came from memory, or from another call in flight, which pays for it. */
export function isFree({ cache }: Served): boolean {
  return cache?.status === 'hit' || cache?.status === 'shared';
}
