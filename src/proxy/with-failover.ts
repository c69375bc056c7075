import { type ErrorCode, type ProxyError, toProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Event } from '../converse/events.ts';
import type { ModelTarget } from '../converse/model.ts';
import type { Failover } from '../policy/failover.ts';

/** One Region's way to Bedrock. */
export type RegionUpstream = {
  region: string;
  upstream: Upstream;
  /** The call's model as it is dialled there. */
  target(call: Call): ModelTarget | Promise<ModelTarget>;
};

export type FailoverOptions = {
  failover: Failover;
  onFailover?: (notice: { callId: string; from: string; to: string; code: ErrorCode }) => void;
};

/**
 * Several Regions as one upstream, in the order of preference. A call moves on only while nothing of its answer came;
 * the layer above repeats it when all of them failed.
 */
export function withFailover(regions: readonly RegionUpstream[], { failover, onFailover }: FailoverOptions): Upstream {
  return async function* anywhere(call) {
    const order = failover.order().flatMap((name) => regions.filter(({ region }) => region === name));
    let last: ProxyError | undefined;
    for (const [at, place] of order.entries()) {
      let begun = false;
      try {
        const stream = place.upstream(await directed(call, place));
        for await (const batch of stream) {
          if (isAnswer(batch)) failover.succeeded(place.region);
          begun = true;
          yield batch;
        }
        return;
      } catch (thrown) {
        const error = toProxyError(thrown);
        const next = order[at + 1];
        const mayMove = !call.signal.aborted && failover.failed(place.region, error);
        // An answer that had begun, or a client that left, is no matter of which Region was preferred.
        if (begun || call.signal.aborted) throw error;
        // What the preferred Region said is what the person should read when none of them helps.
        last ??= error;
        if (!mayMove || !next) throw last;
        onFailover?.({ callId: call.id, from: place.region, to: next.region, code: error.code });
      } finally {
        // A client that left, or a request that every Region would refuse, has proved nothing.
        failover.undecided(place.region);
      }
    }
    throw last ?? toProxyError(new Error('no Region is configured'));
  };
}

/** A lone `start` proves little: a throttled stream may end right behind it. */
function isAnswer(batch: readonly Event[]): boolean {
  return batch.length > 1 || batch[0]?.type !== 'start';
}

async function directed(call: Call, place: RegionUpstream): Promise<Call> {
  if (place.region === call.target.region) return call;
  const target = await place.target(call);
  const change = {
    what: `region ${call.target.region} -> ${place.region}`,
    why: 'The preferred Region throttled the call or did not answer.',
  };
  const { effort } = call.target;
  return { ...call, target: effort ? { ...target, effort } : target, changes: [...call.changes, change] };
}
