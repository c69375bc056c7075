import { join } from 'node:path';
import { signInStamp } from '../auth/sign-in.ts';
import { fileStamp } from '../auth/whole-file.ts';

/** Two looks at the time of a file cost 20 µs or so. */
const everyMs = 500;

/**
 * Calls `forget` within half a second after a login or a logout, and after a key was made, rotated or revoked, by
 * whichever process: no answer outlives in memory the sign-in or the key that it was given to. Keeps no process alive.
 */
export function forgetOnChange(state: string, forget: () => void): void {
  const signIn = signInStamp(state);
  const look = (): string => `${signIn()} ${fileStamp(join(state, 'keys.json'))}`;
  let seen = look();
  setInterval(() => {
    const now = look();
    if (now !== seen) forget();
    seen = now;
  }, everyMs).unref();
}
