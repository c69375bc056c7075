import type { Call } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Event } from '../converse/events.ts';
import type { ConverseRequest } from '../converse/request.ts';

/** A call's request as this model takes it, and the way back for its answer. */
export type Accommodation = {
  request: ConverseRequest;
  /** `false`: the model must be asked without streaming; its answer is streamed to the client all the same. */
  streaming: boolean;
  /** What was changed, in the order of changing. */
  changes: readonly Change[];
  /** For one answer: undoes in its events what was changed in the request (tool names and ids). Called once per batch, in order. */
  restore(): (batch: readonly Event[]) => readonly Event[];
};

/** Fits a call to its model. Throws `unsupported` for what the model cannot do at all. */
export type Accommodate = (call: Call) => Accommodation;
