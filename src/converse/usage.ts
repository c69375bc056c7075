import { ProxyError } from '../base/errors.ts';
import type { End, Event, Served, Usage } from './events.ts';

/** A number of tokens as a service told it. What is no count is nothing: it would spoil the sums, and the ledger takes whole numbers only. */
export function tokenCount(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}

/** What two answers to one call used together. */
export function sumUsage(one: Usage, other: Usage): Usage {
  const cacheDetails = [...(one.cacheDetails ?? []), ...(other.cacheDetails ?? [])];
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    totalTokens: one.totalTokens + other.totalTokens,
    cacheReadInputTokens: one.cacheReadInputTokens + other.cacheReadInputTokens,
    cacheWriteInputTokens: one.cacheWriteInputTokens + other.cacheWriteInputTokens,
    ...(cacheDetails.length > 0 && { cacheDetails }),
  };
}

/** An answer that was used up and cannot be given out: by whom it came, and what Bedrock charges for it. */
export type Spent = { served: Served; end: Omit<End, 'stopReason'> };

/** The same error for a call that `spent` so much, besides what the error itself says. */
export function withSpent(error: ProxyError, spent: Spent | undefined): ProxyError {
  const before = error.facts.spent;
  if (!spent?.end.usage) return error;
  const usage = before?.end.usage ? sumUsage(spent.end.usage, before.end.usage) : spent.end.usage;
  const { code, publicMessage, facts } = error;
  return new ProxyError(code, publicMessage, { ...facts, spent: { ...spent, end: { ...spent.end, usage } } });
}

/** The error for those who do not pay for it. */
export function withoutSpent(error: ProxyError): ProxyError {
  const { spent, ...facts } = error.facts;
  return spent ? new ProxyError(error.code, error.publicMessage, facts) : error;
}

/** The same batch; what was spent before it counts in its `end`. */
export function withEarlierUsage(batch: readonly Event[], earlier: Usage): readonly Event[] {
  const last = batch[batch.length - 1];
  if (last?.type !== 'end') return batch;
  const usage = last.end.usage ? sumUsage(last.end.usage, earlier) : earlier;
  return [...batch.slice(0, -1), { type: 'end', end: { ...last.end, usage } }];
}
