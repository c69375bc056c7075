import type { IncomingMessage, ServerResponse } from 'node:http';

/** One HTTP exchange below Hono: what its routes see as `c.env`. */
export type Exchange = {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  /** The call's id: the client's own `x-request-id` when lawful, else a new one. */
  requestId: string;
  /** It came through a tunnel: only the model routes may answer. */
  remote: boolean;
  /** `clock.monotonic()` when the head was read. */
  startedAt: number;
};
