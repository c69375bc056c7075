import { ProxyError, toProxyError } from '../base/errors.ts';
import type { Call } from '../converse/call.ts';
import type { Event } from '../converse/events.ts';
import { estimateInputTokens, explainThrottle } from '../policy/throttle.ts';
import type { Layer } from './layer.ts';

/** The 99th percentile of a model's answers over the last seven days, if enough is known; asked only when a call was throttled. */
export type UsualOutput = (modelId: string) => Promise<number | undefined>;

/** What the advice rests on besides the call. */
export type ThrottleAdvice = {
  usualOutput: UsualOutput;
  /** What is reserved for a request that names no `max_tokens`. Absent: not known. */
  defaultMaxTokens?: (() => number) | undefined;
};

/** Gives a throttled call's error the sentences that help: which quota, what was reserved, how long to wait, what would do. */
export function withThrottleAdvice(advice: ThrottleAdvice): Layer {
  return (next) => (call) => {
    const source = next(call)[Symbol.asyncIterator]();
    const advise = async (thrown: unknown): Promise<never> => {
      throw await advised(toProxyError(thrown), call, advice);
    };
    const iterator: AsyncIterator<readonly Event[]> = {
      next: () => source.next().catch(advise),
      async return() {
        await source.return?.();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  };
}

async function advised(
  error: ProxyError,
  call: Call,
  { usualOutput, defaultMaxTokens }: ThrottleAdvice,
): Promise<ProxyError> {
  if (error.code !== 'upstream_limited') return error;
  const { facts, publicMessage } = error;
  const message = explainThrottle({
    model: call.model,
    region: call.target.region,
    inputTokens: estimateInputTokens(call),
    maxTokens: call.request.inferenceConfig?.maxTokens ?? unnamed(call, defaultMaxTokens?.()),
    retryAfterMs: facts.retryAfterMs,
    exhausted: facts.exhausted === true,
    said: `${publicMessage} ${facts.detail ?? ''}`,
    p99Output: await usualOutput(call.target.info.id).catch(() => undefined),
  });
  return new ProxyError(error.code, message, { ...facts, fix: 'claude-bedrock quota', cause: error });
}

/** Never more than the model can say at all. */
function unnamed({ target }: Call, usual: number | undefined): number | undefined {
  return usual && Math.min(usual, target.info.maxOutputTokens ?? usual);
}
