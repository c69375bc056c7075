import type { Clock } from '../base/clock.ts';
import type { ProxyError } from '../base/errors.ts';

/**
 * Which Region a call goes to. The first one keeps all traffic while it is well, because Bedrock's prompt caches are
 * per Region (case 81); another is asked only when it throttles or is out.
 */
export type Failover = {
  /** The Regions to try for one call, in order. The sick ones come last; one that is due is probed by one call at a time. */
  order(): readonly string[];
  succeeded(region: string): void;
  /** Notes a failure; says whether the next Region may be asked for the same call. */
  failed(region: string, error: ProxyError): boolean;
  /** A call to a Region is over and said nothing of its health: whoever comes next may probe it. */
  undecided(region: string): void;
  /** For `status`: each Region, and for how long it is left alone. */
  state(): { region: string; health: 'well' | 'sick' | 'probing'; restMs: number }[];
};

type Health = { region: string; failures: number; sickUntil: number; probing: boolean };

/** A sick Region is left alone so long; each further failure doubles it. Going back too soon costs two cold caches. */
const rest = { first: 30_000, most: 600_000 } as const;
/** A probe that was never heard of again does not keep its Region out for ever. */
const probeTimeoutMs = 120_000;

/** All Regions well; the first is the one that is preferred. */
export function createFailover(regions: readonly string[], clock: Pick<Clock, 'monotonic'>): Failover {
  const all: Health[] = regions.map((region) => ({ region, failures: 0, sickUntil: 0, probing: false }));
  const of = (region: string) => all.find((health) => health.region === region);
  return {
    order() {
      const now = clock.monotonic();
      const well = all.filter(({ failures }) => failures === 0);
      const due = all.find((health) => isDue(health, now));
      if (due) {
        due.probing = true;
        due.sickUntil = now + probeTimeoutMs;
      }
      // In the settings' order: a due first Region is probed before a well second one, which then catches the call.
      const front = all.filter((health) => health === due || well.includes(health));
      return [...front, ...all.filter((health) => !front.includes(health))].map(({ region }) => region);
    },
    succeeded(region) {
      const health = of(region);
      if (health) Object.assign(health, { failures: 0, sickUntil: 0, probing: false });
    },
    failed(region, error) {
      const health = of(region);
      if (!health || !concernsRegion(error)) return false;
      health.failures++;
      health.probing = false;
      const restMs = Math.min(rest.most, rest.first * 2 ** (health.failures - 1));
      health.sickUntil = clock.monotonic() + Math.max(restMs, error.facts.retryAfterMs ?? 0);
      return true;
    },
    undecided(region) {
      const health = of(region);
      if (health?.probing) Object.assign(health, { sickUntil: 0, probing: false });
    },
    state: () =>
      all.map(({ region, failures, sickUntil, probing }) => ({
        region,
        health: probing ? 'probing' : failures === 0 ? 'well' : 'sick',
        restMs: failures === 0 ? 0 : Math.max(0, sickUntil - clock.monotonic()),
      })),
  };
}

function isDue({ failures, sickUntil }: Health, now: number): boolean {
  return failures > 0 && now >= sickUntil;
}

/** Throttled, out, or not answering: another Region may do better. Everything else it would say as well. */
function concernsRegion({ code }: ProxyError): boolean {
  return code === 'upstream_limited' || code === 'upstream_unavailable' || code === 'timeout';
}
