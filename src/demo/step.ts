import type { StreamEvent } from './frames.ts';

/** One act of a scripted answer; after the last one the response ends as if all were well. */
export type Step =
  /** Events in the SDK's shape, `paceMs` apart. */
  | { do: 'events'; events: readonly StreamEvent[]; paceMs?: number }
  /** Bytes as they are, framed or not. */
  | { do: 'bytes'; bytes: Uint8Array }
  | { do: 'wait'; ms: number }
  /** An HTTP error; only as long as nothing was sent. Without `type` it looks like the gateway's. */
  | {
      do: 'fail';
      status: number;
      type?: string;
      message: string;
      headers?: Record<string, string>;
      more?: Record<string, unknown>;
    }
  /** An exception frame, name in camelCase. */
  | { do: 'exception'; name: string; message: string; more?: Record<string, unknown> }
  /** A frame of message type `error`. */
  | { do: 'error'; code: string; message: string }
  /** The event's frame with one bit of its payload turned. */
  | { do: 'corrupt'; event: StreamEvent }
  /** The first half of the event's frame. */
  | { do: 'truncate'; event: StreamEvent }
  /** TCP reset. */
  | { do: 'reset' }
  /** The socket closes in the midst of the response. */
  | { do: 'close' }
  /** Nothing more, until the client goes or the simulator stops. */
  | { do: 'hang' };
