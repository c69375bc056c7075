import type { Clock } from '../base/clock.ts';
import { isStale } from './identity.ts';
import type { Route } from './sdk-route.ts';

/** Routes as they were found last, one per Region asked for. */
export type Routes = {
  /** The route for a Region where it is known and good; undefined where `get` would have to search. */
  known(region: string | undefined): Route | undefined;
  /** The route for a Region (undefined: the one that AWS's settings name). Many callers share one search. */
  get(region: string | undefined): Promise<Route>;
  /** AWS refused this route's identity: the next caller searches anew, unless someone did already. */
  refuse(route: Route): void;
  /** Somebody signed in or out: every route is searched anew. */
  forget(): void;
};

/** Identities that are always about to expire must not cost a search for each call. */
const searchAgainMs = 30_000;

type Entry = { route?: Route; searchedAt: number; searching?: Promise<Route> | undefined; refused: boolean };

/** Keeps what `search` finds until five minutes before its identity expires; `fresh` tells it that the last one was refused. */
export function routeCache(
  search: (region: string | undefined, fresh: boolean) => Promise<Route>,
  clock: Pick<Clock, 'now'>,
): Routes {
  const entries = new Map<string | undefined, Entry>();

  function isGood(entry: Entry): boolean {
    if (!entry.route || entry.refused) return false;
    const now = clock.now();
    return !isStale(entry.route.identity, now) || (now - entry.searchedAt < searchAgainMs && !isDead(entry.route, now));
  }

  async function searched(entry: Entry, region: string | undefined): Promise<Route> {
    try {
      entry.route = await search(region, entry.refused);
      entry.refused = false;
      return entry.route;
    } catch (error) {
      // The sign-in may be unreachable for a moment: what is still valid goes on.
      if (entry.route && !entry.refused && !isDead(entry.route, clock.now())) return entry.route;
      throw error;
    } finally {
      entry.searchedAt = clock.now();
      entry.searching = undefined;
    }
  }

  return {
    known(region) {
      const entry = entries.get(region);
      return entry && isGood(entry) ? entry.route : undefined;
    },
    async get(region) {
      let entry = entries.get(region);
      if (!entry) {
        entry = { searchedAt: 0, refused: false };
        entries.set(region, entry);
      }
      if (entry.route && isGood(entry)) return entry.route;
      entry.searching ??= searched(entry, region);
      return entry.searching;
    },
    refuse(route) {
      for (const entry of entries.values()) if (entry.route === route) entry.refused = true;
    },
    forget: () => entries.clear(),
  };
}

const isDead = ({ identity }: Route, now: number): boolean =>
  identity.expiration !== undefined && identity.expiration.getTime() <= now;
