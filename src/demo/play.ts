import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { systemClock } from '../base/clock.ts';
import { errorFrame, eventFrame, exceptionFrame, randomPadding, type StreamEvent } from './frames.ts';
import { refusalAnswer } from './refusal.ts';
import type { Step } from './step.ts';

/** One response to play: its id, the milliseconds between events, the signal that fires when the client has gone. */
export type Stage = { response: ServerResponse; requestId: string; paceMs: number; gone: AbortSignal };

/** Plays steps as an event stream. Never rejects: a client that goes ends the play. */
export async function playStream(steps: readonly Step[], stage: Stage, headers: Record<string, string>): Promise<void> {
  const { response, gone } = stage;
  try {
    for (const step of steps) {
      if (gone.aborted) return;
      if (step.do !== 'fail' && step.do !== 'wait' && step.do !== 'hang' && step.do !== 'reset' && step.do !== 'close')
        openStream(stage, headers);
      if ((await playStep(step, stage)) === 'over') return;
    }
    openStream(stage, headers);
    response.end();
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

function openStream({ response, requestId }: Stage, headers: Record<string, string>): void {
  if (!response.headersSent) response.writeHead(200, { ...headers, 'x-amzn-requestid': requestId });
}

async function playStep(step: Step, stage: Stage): Promise<'on' | 'over'> {
  const { response, requestId, gone } = stage;
  switch (step.do) {
    case 'events':
      await playEvents(step.events, step.paceMs ?? stage.paceMs, stage);
      return 'on';
    case 'bytes':
      return write(stage, step.bytes);
    case 'wait':
      await systemClock.sleep(step.ms, gone);
      return 'on';
    case 'fail': {
      const { headers, body } = refusalAnswer(step, requestId);
      if (!response.headersSent) response.writeHead(step.status, headers);
      response.end(body);
      return 'over';
    }
    case 'exception':
      return write(stage, exceptionFrame(step.name, { message: step.message, ...step.more }));
    case 'error':
      return write(stage, errorFrame(step.code, step.message));
    case 'corrupt':
      return write(stage, turnOneBit(eventFrame(step.event, randomPadding())));
    case 'truncate': {
      const frame = eventFrame(step.event, randomPadding());
      return write(stage, frame.subarray(0, frame.length >> 1));
    }
    case 'reset':
      response.socket?.resetAndDestroy();
      return 'over';
    case 'close':
      response.destroy();
      return 'over';
    case 'hang':
      if (!gone.aborted) await once(gone, 'abort');
      return 'over';
    default:
      return step satisfies never;
  }
}

async function playEvents(events: readonly StreamEvent[], paceMs: number, stage: Stage): Promise<void> {
  for (const [at, event] of events.entries()) {
    if (paceMs > 0 && at > 0) await systemClock.sleep(paceMs, stage.gone);
    await write(stage, eventFrame(event, randomPadding()));
  }
}

/** Waits for a slow reader, as the service's own buffers do in the end. */
async function write({ response, gone }: Stage, bytes: Uint8Array): Promise<'on'> {
  if (!response.write(bytes)) await once(response, 'drain', { signal: gone });
  return 'on';
}

/** The last byte before the checksum of the message. */
function turnOneBit(frame: Buffer): Buffer {
  const at = frame.length - 5;
  frame[at] = (frame[at] ?? 0) ^ 1;
  return frame;
}
