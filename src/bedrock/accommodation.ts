import type { Call } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Event } from '../converse/events.ts';
import type { ConverseRequest } from '../converse/request.ts';

/**
 * A request fitted to one model: what is sent, whether the streaming operation can be used, what had to be changed,
 * and how the answer's events are turned back into the client's names and shapes.
 */
export type Accommodation = {
  request: ConverseRequest;
  /** `false`: the model refuses this request when streamed; call Converse and replay the answer. */
  streaming: boolean;
  /** Only what the fitting changed; the call's own changes are not repeated. */
  changes: readonly Change[];
  /** Makes a stateful function for one answer; batches go through it in order. It may answer with an empty batch. */
  restore(): (batch: readonly Event[]) => readonly Event[];
};

export type Accommodate = (call: Call) => Accommodation;
