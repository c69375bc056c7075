import { ProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Event, EventStream } from '../converse/events.ts';
import type { ModelTarget } from '../converse/model.ts';
import { prefixesFor } from './regions.ts';
import { priceOf, shippedModels } from './shipped-models.ts';

/**
 * Company policies often forbid `global.` profiles, and AWS then names a Region that nobody asked for (case 85). Such a
 * call is made once more with the profile of the Region's own geography, and later ones at once; each says so.
 */
export function withGeography(next: Upstream, twinOf: (target: ModelTarget) => ModelTarget | undefined): Upstream {
  const refused = new Set<string>();

  const throughTwin = (call: Call, twin: ModelTarget): EventStream => {
    const change: Change = {
      what: `${twin.modelId} instead of global`,
      why: 'A policy of the AWS account forbids the global inference profile.',
    };
    return next({ ...call, target: twin, changes: [...call.changes, change] });
  };

  async function* attempt(call: Call, twin: ModelTarget): AsyncGenerator<readonly Event[], void, void> {
    let begun = false;
    try {
      for await (const batch of next(call)) {
        begun = true;
        yield batch;
      }
      return;
    } catch (error) {
      if (begun || !(error instanceof ProxyError) || error.code !== 'forbidden') throw error;
      refused.add(call.target.modelId);
    }
    yield* throughTwin(call, twin);
  }

  return (call) => {
    const { modelId } = call.target;
    const twin = modelId.startsWith('global.') ? twinOf(call.target) : undefined;
    if (!twin) return next(call);
    return refused.has(modelId) ? throughTwin(call, twin) : attempt(call, twin);
  };
}

/** The same model by the profile of its Region's own geography; undefined where it has none. */
export function geographicTwin(target: ModelTarget): ModelTarget | undefined {
  const entry = shippedModels.find(({ id }) => id === target.info.id);
  const profiles: readonly string[] = entry?.profiles ?? [];
  const near = prefixesFor({ region: target.region }).filter((prefix) => prefix !== 'global');
  const prefix = near.find((candidate) => profiles.includes(candidate));
  if (prefix === undefined) return undefined;
  const price = priceOf(entry, prefix);
  const { price: _, ...rest } = target;
  return { ...rest, modelId: `${prefix}.${target.info.id}`, ...(price && { price }) };
}
