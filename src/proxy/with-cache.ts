import { orAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import type { Call } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { collector } from '../converse/collect.ts';
import type { Event, EventStream, Served } from '../converse/events.ts';
import { type Opened, opensLater } from '../converse/opens-later.ts';
import { replay } from '../converse/replay.ts';
import { withoutSpent } from '../converse/usage.ts';
import { type CacheScope, cacheKey } from '../policy/cache-key.ts';
import { type CachedAnswer, type CacheMode, isCacheable, type ResponseCache } from '../policy/response-cache.ts';
import { type Flight, startFlight } from '../policy/single-flight.ts';
import type { Layer } from './layer.ts';
import { tellStart } from './tell-start.ts';

export type CacheOptions = {
  cache: ResponseCache;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  mode: CacheMode;
  /** Asked at every call: the identity may change while we run. Undefined while it is not known. */
  scope: () => CacheScope | undefined;
  /** Finds the identity out. Never throws. */
  identify: () => Promise<void>;
};

type Batch = readonly Event[];
/** `streams`: whoever joins sees the answer grow; a whole answer comes at its end, which a stream must not wait for. */
type Underway = { flight: Flight | undefined; streams: boolean; changesBefore: readonly Change[] };

/**
 * Answers identical requests from memory, and identical requests in flight from one upstream call. A call that may
 * neither read nor write the cache passes untouched.
 */
export function withCache({ cache, clock, mode, scope, identify }: CacheOptions): Layer {
  const underway = new Map<string, Underway>();
  return (next) => {
    const answer = (call: Call): EventStream => {
      if (!isCacheable(call, mode) || !(call.cache.read || call.cache.write)) return next(call);
      const known = scope();
      return known ? lookUp(call, known) : opensLater(() => identified(call));
    };
    // A key made before the identity is known would be found by no later call; who stays unknown shares nothing.
    const identified = async (call: Call): Promise<Opened> => {
      await orAbort(identify(), call.signal);
      const known = scope();
      const source = (known ? lookUp(call, known) : next(call))[Symbol.asyncIterator]();
      return { source, first: await source.next() };
    };
    const lookUp = (call: Call, known: CacheScope): EventStream => {
      const key = `${cache.epoch()} ${cacheKey(call, known)}`;
      const hit = call.cache.read ? cache.get(key) : undefined;
      if (hit) return only(replay({ ...hit.answer, served: servedFromCache(hit, call) }));
      const other = call.cache.read ? underway.get(key) : undefined;
      if (other?.flight && (other.streams || !call.stream)) {
        cache.countShared();
        return tellStart(unpaid(other.flight.read(call.signal)), (served) => servedWithOther(served, other, call));
      }
      const stored = call.cache.write;
      const stream = stored ? takeOff(key, call) : next(call);
      return tellStart(stream, (served) => ({ ...served, cache: { status: 'miss', stored } }));
    };
    const takeOff = (key: string, call: Call): EventStream => {
      const epoch = cache.epoch();
      const mine: Underway = { flight: undefined, streams: call.stream, changesBefore: call.changes };
      const flight = startFlight({
        open: (signal) => next({ ...call, signal }),
        maxBytes: cache.maxEntryBytes,
        clock,
        onWhole: (batches) => {
          if (cache.epoch() === epoch) store(cache, key, call, batches);
        },
        onClosed: () => {
          if (underway.get(key) === mine) underway.delete(key);
          // What a Map once held, its discarded tables keep alive until the next full collection.
          mine.flight = undefined;
        },
      });
      if (call.cache.read && !underway.get(key)?.streams) {
        mine.flight = flight;
        underway.set(key, mine);
      }
      return flight.read(call.signal);
    };
    return (call) => ({ [Symbol.asyncIterator]: () => answer(call)[Symbol.asyncIterator]() });
  };
}

/** What an answer cost that came to nothing is booked by the call that asked for it, not by all that shared it. */
function unpaid(stream: EventStream): EventStream {
  const source = stream[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Batch> = {
    next: () =>
      source.next().catch((thrown: unknown) => {
        throw withoutSpent(toProxyError(thrown));
      }),
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** An answer from another Region or model than the key names was a fallback's: it must not answer for the real one (case 104). */
function store(cache: ResponseCache, key: string, call: Call, batches: readonly Batch[]): void {
  const fold = collector();
  for (const batch of batches) fold.add(batch);
  const answer = fold.answer();
  if (!answer || answer.served.region !== call.target.region || answer.served.model !== call.target.modelId) return;
  cache.put(key, answer, [...call.changes]);
}

function servedFromCache(
  { answer, changesBefore, age, ttl }: CachedAnswer & { age: number; ttl: number },
  call: Call,
): Served {
  // The request id belongs to the call that filled the cache.
  const { upstreamRequestId: _, ...served } = answer.served;
  return { ...served, changes: ownChanges(served.changes, changesBefore, call), cache: { status: 'hit', ttl, age } };
}

function servedWithOther(served: Served, { changesBefore }: Underway, call: Call): Served {
  return { ...served, changes: ownChanges(served.changes, changesBefore, call), cache: { status: 'shared' } };
}

/** What the upstream changed, behind what was changed in this call on its way here instead of in the first one's. */
function ownChanges(changes: readonly Change[], before: readonly Change[], call: Call): Change[] {
  const others = new Set(before.map(({ what }) => what));
  return [...call.changes, ...changes.filter(({ what }) => !others.has(what))];
}

async function* only(batch: Batch): AsyncGenerator<Batch, void> {
  yield batch;
}
