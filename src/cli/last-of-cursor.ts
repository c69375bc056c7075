import { type LastSeen, readLastSeen } from '../config/sightings.ts';
import { ownUserAgent } from '../connect/round-trip.ts';

/** The newest request that came through the tunnel or calls itself Cursor, our own checks left out. */
export function lastOfCursor(state: string): LastSeen | undefined {
  return readLastSeen(state).find(
    ({ client, through }) => client !== ownUserAgent && (through === 'tunnel' || /^cursor\b/i.test(client)),
  );
}
