import type { Call } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Event, EventStream } from '../converse/events.ts';
import { unmasker } from '../policy/mask.ts';
import { blockedError, type Screen, type ScreenHit } from '../policy/screening.ts';
import { failed } from './failed.ts';
import type { Layer } from './layer.ts';

export type MaskingOptions = {
  screen: Screen;
  onHit: (hit: { callId: string; rule: string; action: ScreenHit['action']; hits: number }) => void;
  /** Where nothing is masked or blocked, the search only reports: this puts it off until the request has gone out. */
  later?: ((search: () => void) => void) | undefined;
};

/** Reports, masks or blocks what the rules find in a request, and puts what was masked back into the answer. */
export function withMasking({ screen, onHit, later }: MaskingOptions): Layer {
  const tell = ({ id }: Call, hits: readonly ScreenHit[]): void => {
    for (const { kind, action, hits: count } of hits) onHit({ callId: id, rule: kind, action, hits: count });
  };
  return (next) => (call) => {
    if (later) {
      later(() => tell(call, screen(call).hits));
      return next(call);
    }
    const { request, native, masks, hits } = screen(call);
    tell(call, hits);
    if (hits.some(({ action }) => action === 'block')) return failed(blockedError(hits));
    if (!masks) return next(call);
    const asked = native ? { ...call, native } : call;
    return unmasked(
      next(masked(asked, request, hits)),
      unmasker(masks, { json: call.options.responseFormat !== undefined }),
    );
  };
}

function masked(call: Call, request: Call['request'], hits: readonly ScreenHit[]): Call {
  const changes = hits
    .filter(({ action }) => action === 'mask')
    .map(
      ({ kind, hits: count }): Change => ({
        what: `masked ${kind} x${count}`,
        why: 'The settings of this proxy keep such data from leaving; the answer holds the originals again.',
      }),
    );
  return { ...call, request, changes: [...call.changes, ...changes] };
}

async function* unmasked(
  stream: EventStream,
  show: (batch: readonly Event[]) => Event[],
): AsyncGenerator<readonly Event[], void> {
  for await (const batch of stream) {
    const shown = show(batch);
    // A batch that is all held back becomes part of the next one: batches are never empty.
    if (shown.length > 0) yield shown;
  }
}
