import { toProxyError } from '../base/errors.ts';
import type { Call } from '../converse/call.ts';
import type { EventStream, Served, Usage } from '../converse/events.ts';
import { watched } from '../converse/watched.ts';
import { charsSaid, usageOfBroken } from '../policy/broken-usage.ts';
import { isFree } from '../policy/cost.ts';
import type { Admission, Limits } from '../policy/limits.ts';
import { boundMaxTokens, checkBounds, type RequestBounds } from '../policy/request-bounds.ts';
import { failed } from './failed.ts';
import type { Layer } from './layer.ts';
import { tellStart } from './tell-start.ts';

/** Lets a call in by the key's and the proxy's limits, and tells in `start` what is left; a cached answer counts as a request, not as tokens. */
export function withLimits(limits: Limits): Layer {
  return (next) => (call) => {
    try {
      const admission = limits.admit(call.principal.id, call.id);
      const told = tellStart(next(call), (served) => ({ ...served, limits: admission.state }));
      return counted(told, call, admission);
    } catch (thrown) {
      return failed(toProxyError(thrown));
    }
  };
}

function counted(stream: EventStream, call: Call, admission: Admission): EventStream {
  let served: Served | undefined;
  let usage: Usage | undefined;
  let saidChars = 0;
  return watched(stream, {
    batch(batch) {
      const first = batch[0];
      if (first?.type === 'start') served = first.served;
      saidChars += charsSaid(batch);
      const last = batch[batch.length - 1];
      if (last?.type !== 'end') return;
      usage = last.end.usage;
      if (usage && served && !isFree(served)) admission.settle(usage.totalTokens);
    },
    over(error) {
      const broken = error?.facts.spent?.end.usage ?? (usage ? undefined : usageOfBroken(call, served, saidChars));
      if (broken) admission.settle(broken.totalTokens);
      admission.release();
    },
  });
}

/** Refuses requests beyond the bounds of the settings and keeps `max_tokens` inside them. */
export function withBounds(bounds: RequestBounds): Layer {
  return (next) => (call) => {
    try {
      checkBounds(call.request, bounds);
      return next(bounded(call, bounds));
    } catch (thrown) {
      return failed(toProxyError(thrown));
    }
  };
}

function bounded(call: Call, bounds: RequestBounds): Call {
  const { request, change } = boundMaxTokens(call.request, bounds);
  return change ? { ...call, request, changes: [...call.changes, change] } : call;
}
