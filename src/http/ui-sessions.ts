import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';

/** A signed-in browser. `signal` aborts when it signs out or is forgotten. */
export type UiSession = { signal: AbortSignal };

/** Links that let a browser in once, and the browsers that came in. Only hashes of their secrets are kept, in memory. */
export type UiSessions = {
  /** A new link's secret (256 bits), good for one exchange within a minute. */
  link(): { token: string; expiresInMs: number };
  /** The cookie's value for a link's secret; undefined when it was used, is too old or was never given. */
  exchange(token: string): string | undefined;
  /** The session of a cookie; looking counts as use. */
  find(cookie: string): UiSession | undefined;
  end(cookie: string): void;
  /** Ends every session. */
  close(): void;
};

/** How long a link to the dashboard is good, in milliseconds. */
export const linkMs = 60_000;
/** A session that nobody looks at ends after this. */
const idleMs = 12 * 3_600_000;
/** However busy, it ends after this. */
const longestMs = 7 * 24 * 3_600_000;
/** Beyond this the oldest go: they cannot be many, unless something is wrong. */
const mostLinks = 16;
const mostSessions = 32;

type Held = { controller: AbortController; usedAt: number; madeAt: number };

/** Sessions that live as long as this process, none at first. */
export function createUiSessions(clock: Pick<Clock, 'monotonic'>): UiSessions {
  const links = new Map<string, number>();
  const sessions = new Map<string, Held>();
  const drop = (key: string): void => {
    const held = sessions.get(key);
    sessions.delete(key);
    held?.controller.abort();
  };
  const isOver = ({ usedAt, madeAt }: Held, now: number) => now - usedAt > idleMs || now - madeAt > longestMs;
  return {
    link() {
      const token = newSecret();
      keepNewest(links, mostLinks, (key) => links.delete(key));
      links.set(digest(token), clock.monotonic());
      return { token, expiresInMs: linkMs };
    },
    exchange(token) {
      const madeAt = links.get(digest(token));
      const now = clock.monotonic();
      links.delete(digest(token));
      if (madeAt === undefined || now - madeAt > linkMs) return undefined;
      const cookie = newSecret();
      keepNewest(sessions, mostSessions, drop);
      sessions.set(digest(cookie), { controller: new AbortController(), usedAt: now, madeAt: now });
      return cookie;
    },
    find(cookie) {
      const key = digest(cookie);
      const held = sessions.get(key);
      if (!held) return undefined;
      const now = clock.monotonic();
      if (isOver(held, now)) {
        drop(key);
        return undefined;
      }
      held.usedAt = now;
      return { signal: held.controller.signal };
    },
    end: (cookie) => drop(digest(cookie)),
    close() {
      for (const key of sessions.keys()) drop(key);
    },
  };
}

const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is looked up is a hash, so the time that the look-up takes says nothing of the secret. */
const digest = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

function keepNewest(map: ReadonlyMap<string, unknown>, most: number, drop: (key: string) => void): void {
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) drop(oldest);
}
