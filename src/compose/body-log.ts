import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import { bodyLogEnd, bodyLogFile, bodyLogMs } from '../config/body-log.ts';
import type { Settings } from '../config/schema.ts';
import { openBodyFile } from '../observe/body-file.ts';
import type { Recorder } from '../observe/recorder.ts';
import { maskerForGood } from '../policy/mask-for-good.ts';
import type { Layer } from '../proxy/layer.ts';
import { type Bodies, withBodies } from '../proxy/with-bodies.ts';

export type BodyLogParts = {
  state: string;
  recorder: Pick<Recorder, 'write'>;
  clock: Clock;
  scrub: (line: string) => string;
};

/** The log of what was said: off, and then not in the stack at all, or on until its time is over. */
export type BodyLog = {
  /** The layer to ask through now; undefined while it is off. */
  layer(): Layer | undefined;
  /** Goes on with this setting; what was on under another one ends. */
  apply(settings: Pick<Settings, 'log' | 'masking'>): void;
  close(): void;
};

/** The log of bodies, off until the settings say otherwise. */
export function createBodyLog({ state, recorder, clock, scrub }: BodyLogParts): BodyLog {
  let current: { setting: string; layer: Layer; ending: AbortController } | undefined;

  const failed = (error: unknown) => {
    const { code, facts } = toProxyError(error);
    recorder.write({ type: 'failure', where: 'bodies', code, detail: facts.detail });
  };
  const stop = () => {
    if (!current) return;
    current.ending.abort();
    current = undefined;
    recorder.write({ type: 'config', setting: 'log.bodies', source: 'off' });
  };
  const start = (setting: string, until: number, settings: Pick<Settings, 'masking'>) => {
    const ending = new AbortController();
    const file = openBodyFile({ file: bodyLogFile(state), since: until - bodyLogMs, scrub });
    const mask = maskerForGood(settings.masking);
    const layer = withBodies((bodies) => {
      // A call that outlives the hour is not written.
      if (clock.now() >= until) return;
      try {
        file.add({ time: new Date(clock.now()).toISOString(), ...lineOf(bodies, mask) });
      } catch (error) {
        failed(error);
      }
    });
    current = { setting, layer, ending };
    recorder.write({ type: 'config', setting: 'log.bodies', source: `on until ${new Date(until).toISOString()}` });
    clock.sleep(until - clock.now(), ending.signal).then(stop, () => {});
  };
  return {
    layer: () => current?.layer,
    apply({ log, masking }) {
      const until = bodyLogEnd(log, clock.now());
      if (current?.setting === log.bodies && until !== undefined) return;
      stop();
      try {
        if (until !== undefined) start(log.bodies, until, { masking });
      } catch (error) {
        failed(error);
      }
    },
    close: () => current?.ending.abort(),
  };
}

function lineOf({ call, answer, code }: Bodies, mask: (value: unknown) => unknown): object {
  const { id, principal, client, format, model, target, request, options } = call;
  return {
    ...{ id, key: principal.name, client: client.name, format, model, target: target.modelId },
    request: mask(request),
    options: mask(options),
    answer: answer ? mask(answer.blocks) : null,
    stopReason: answer?.end.stopReason ?? null,
    ...(code !== undefined && { error: code }),
  };
}
