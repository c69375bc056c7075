import type { Budgets } from '../policy/budget.ts';
import type { CacheWatch } from '../policy/cache-watch.ts';
import type { Limits } from '../policy/limits.ts';
import type { ReasoningStore } from '../policy/reasoning-store.ts';
import type { RequestBounds } from '../policy/request-bounds.ts';
import type { Layer } from './layer.ts';
import { withBudget, withBudgetTold } from './with-budget.ts';
import { type CacheOptions, withCache } from './with-cache.ts';
import { withCacheWatch } from './with-cache-watch.ts';
import { withBounds, withLimits } from './with-limits.ts';
import { type MaskingOptions, withMasking } from './with-masking.ts';
import { withReasoning } from './with-reasoning.ts';
import { type RecordOptions, withRecord } from './with-record.ts';
import { type RetryOptions, withRetry } from './with-retry.ts';
import { withSchema } from './with-schema.ts';
import { type ThrottleAdvice, withThrottleAdvice } from './with-throttle-advice.ts';

/** What each layer needs; a layer whose part is absent is not there at all, and costs nothing. */
export type StackOptions = {
  retry: RetryOptions;
  cacheWatch: CacheWatch;
  throttleAdvice?: ThrottleAdvice | undefined;
  reasoning?: ReasoningStore | undefined;
  budgets?: Budgets | undefined;
  cache?: CacheOptions | undefined;
  masking?: MaskingOptions | undefined;
  bounds?: RequestBounds | undefined;
  limits?: Limits | undefined;
  record: RecordOptions;
};

/** The layers round the upstream, inner first: read upwards to follow a request in. */
export function layersOf(parts: StackOptions): readonly Layer[] {
  return [
    withRetry(parts.retry), // innermost: each attempt is signed anew; stops at the first content
    withCacheWatch(parts.cacheWatch), // below the response cache: a hit there says nothing of Bedrock's prompt cache
    ...given(parts.throttleAdvice, withThrottleAdvice), // above retry: only what the person will read is explained
    ...given(parts.reasoning, withReasoning), // below the cache: a hit has nothing to give back; above retry: once per call
    ...given(parts.budgets, withBudget), // below the cache: with the budget spent, what is in memory is still free
    withSchema(), // below the cache: only answers that fit are stored; above budget and thinking: a second ask obeys both
    ...given(parts.cache, withCache), // a hit skips all below; stores only answers that reached `end`
    ...given(parts.masking, withMasking), // above the cache and the store of thinking: neither ever holds what was masked
    ...given(parts.bounds, withBounds), // above the cache: a bounded max_tokens is part of what is asked for
    ...given(parts.budgets, withBudgetTold), // above the cache: an answer from memory tells how it stands now
    ...given(parts.limits, withLimits), // a hit still counts as a request, not as tokens
    withRecord(parts.record), // outermost: refused, cached, aborted, failed or served, each call leaves one record
  ];
}

function given<Part>(part: Part | undefined, layer: (part: Part) => Layer): Layer[] {
  return part === undefined ? [] : [layer(part)];
}
