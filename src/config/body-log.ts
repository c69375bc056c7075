import { join } from 'node:path';

/** The longest time for which bodies are logged at a stretch, in milliseconds. */
export const bodyLogMs = 3_600_000;

/** The bodies' own file in the state folder. */
export const bodyLogFile = (state: string): string => join(state, 'bodies.jsonl');

/** What `log.bodies` says when it is switched on now: the end of its hour. */
export const bodyLogFrom = (now: number): string => new Date(now + bodyLogMs).toISOString().replace(/\.\d+/, '');

/** Whether `log.bodies` may hold this: `off`, or a time with its date and zone. */
export const isBodyLog = (value: string): boolean =>
  value === 'off' || (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value)));

/** Until when bodies are logged, in wall milliseconds: never longer than an hour from `now`; undefined when they are not. */
export function bodyLogEnd({ bodies }: { bodies: string }, now: number): number | undefined {
  const end = bodies === 'off' || !isBodyLog(bodies) ? now : Date.parse(bodies);
  return end > now ? Math.min(end, now + bodyLogMs) : undefined;
}

/** The word `on` of a command line as the value to write; every other word as it is. */
export function bodyLogWord(word: string, now: number): string {
  return /^(on|true)$/i.test(word) ? bodyLogFrom(now) : word;
}
