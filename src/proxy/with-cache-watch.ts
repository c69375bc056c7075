import { watched } from '../converse/watched.ts';
import type { CacheWatch } from '../policy/cache-watch.ts';
import type { Layer } from './layer.ts';

/** Tells the watch of each answer's usage, and asks for no cache points in a conversation that keeps being rewritten. */
export function withCacheWatch(watch: CacheWatch): Layer {
  return (next) => (call) => {
    if (!call.target.info.capabilities.promptCaching) return next(call);
    const owner = { principalId: call.principal.id, modelId: call.target.info.id };
    const asked = watch.pays(owner) ? call : { ...call, options: { ...call.options, steadyPrefix: false } };
    return watched(next(asked), {
      batch(batch) {
        const last = batch[batch.length - 1];
        if (last?.type === 'end' && last.end.usage) watch.saw(owner, last.end.usage);
      },
    });
  };
}
