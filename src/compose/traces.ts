import { traceTarget } from '../config/otel.ts';
import type { Recorder } from '../observe/recorder.ts';
import type { Traces } from '../observe/traces.ts';

/** Spans for OpenTelemetry, when its variables ask for them; undefined otherwise, and then nothing of it is loaded. */
export async function openTraces(version: string, recorder: Pick<Recorder, 'write'>): Promise<Traces | undefined> {
  const target = traceTarget(process.env);
  if (!target) return undefined;
  const { createTraces } = await import('../observe/traces.ts');
  const onError = ({ message }: Error) =>
    recorder.write({ type: 'failure', where: 'traces', code: 'upstream_unavailable', detail: message });
  return createTraces({ ...target, version, onError });
}
