import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits so many milliseconds, or until the person presses Enter. */
export async function pauseOrEnter(ms: number): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  // Not `terminal`: Ctrl+C must stay the signal that ends the command.
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    await Promise.race([delay(ms, undefined, { signal }), once(lines, 'line', { signal })].map(settled));
  } finally {
    over.abort();
    lines.close();
  }
}

/** The one that lost is stopped, and says so by an error that nobody waits for. */
const settled = (waiting: Promise<unknown>): Promise<unknown> => waiting.catch(() => undefined);
