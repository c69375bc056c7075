import type { LastSeen, Sighting } from '../config/sightings.ts';

export type SightingsOptions = {
  /** Keeps the list; a failure must not fail the request that is being answered. */
  write(clients: readonly LastSeen[]): void;
  /** At most one write in so many milliseconds. */
  everyMs?: number;
};

/** The last request's shape of each client. */
export type Sightings = {
  see(sighting: Sighting): void;
  /** Writes what is not written yet. */
  flush(): void;
};

const mostClients = 32;

/** The last request of each client and way: a bounded list in memory, written now and then. */
export function createSightings({ write, everyMs = 1_000 }: SightingsOptions): Sightings {
  const seen = new Map<string, LastSeen>();
  let newest = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    try {
      write([...seen.values()]);
    } catch {
      // A full or read-only disk: the list is a convenience, the answer is not.
    }
  };
  return {
    see(sighting) {
      const key = `${sighting.through} ${sighting.client}`;
      const requests = (seen.get(key)?.requests ?? 0) + 1;
      // Anew at the end: the map's first key is then the client that was silent longest.
      if (key !== newest) seen.delete(key);
      newest = key;
      seen.set(key, { ...sighting, requests });
      if (seen.size > mostClients) {
        const [oldest] = seen.keys();
        if (oldest !== undefined) seen.delete(oldest);
      }
      timer ??= setTimeout(flush, everyMs).unref();
    },
    flush,
  };
}
