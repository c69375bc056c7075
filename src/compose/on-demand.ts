import { signInStamp } from '../auth/sign-in.ts';
import type { Clock } from '../base/clock.ts';
import { type Once, once } from '../base/once.ts';
import type { Settings } from '../config/schema.ts';
import type { Traces } from '../observe/traces.ts';
import type { Policies } from '../proxy/policies.ts';
import type { Bedrock } from './bedrock.ts';
import { forgetOnChange } from './forget-on-change.ts';
import type { Records } from './records.ts';
import { openTraces } from './traces.ts';

export type OnDemandParts = {
  state: string | undefined;
  version: string;
  clock: Clock;
  /** As they are now. */
  settings: () => Settings;
  records: Records;
  /** What else is remembered of answers: it is swept and forgotten with the policies' own. */
  memories: readonly { sweep(): void; clear(): void }[];
};

/** What is opened when a request first needs it: all of it together costs more than the rest of the start-up. */
export type OnDemand = {
  traces: Once<Traces | undefined>;
  policies: Once<Policies>;
  bedrock: Once<Bedrock>;
  /** The dashboard's rehearsals: the same over the simulator. */
  rehearsal: Once<Bedrock>;
};

/** Answers and thoughts leave memory at most so long after their time, though nobody asks for them. */
const sweepEveryMs = 30_000;

/** Opens nothing yet. */
export function onDemand({ state, version, clock, settings, records, memories }: OnDemandParts): OnDemand {
  const { scrubber, recent, recorder } = records;
  const watching = once(async () => {
    const { watchIdentity } = await import('../bedrock/watch-identity.ts');
    // The simulator's identity knows of no sign-in.
    const stamp = state === undefined || settings().upstream === 'demo' ? () => '' : signInStamp(state);
    return watchIdentity(scrubber.know, stamp);
  });
  const traces = once(async () => openTraces(version, recorder));
  const policies = once(async () => {
    const [watch, { openPolicies }, tracing] = await Promise.all([watching(), import('./policies.ts'), traces()]);
    const opened = await openPolicies({
      settings: settings(),
      live: settings,
      recorder,
      clock,
      // A login or a logout parts the answers kept before it from those after, at once.
      account: watch.account,
      identify: async () => (await bedrock()).identify(),
      recent,
      sinks: tracing ? [tracing.add] : [],
    });
    setInterval(() => {
      opened.sweep();
      for (const memory of memories) memory.sweep();
    }, sweepEveryMs).unref();
    if (state !== undefined)
      forgetOnChange(state, () => {
        opened.forget();
        for (const memory of memories) memory.clear();
      });
    return opened;
  });
  const bedrock: Once<Bedrock> = once(async () => {
    const [watch, { openBedrock }] = await Promise.all([watching(), import('./bedrock.ts')]);
    const parts = { settings: settings(), state, recorder, clock, onIdentity: watch.saw, scrub: scrubber.scrub };
    return openBedrock({ ...parts, policies: await policies() });
  });
  const rehearsal = once(async () => {
    const { openRehearsal } = await import('./rehearsal.ts');
    return openRehearsal(settings(), recorder, clock);
  });
  return { traces, policies, bedrock, rehearsal };
}
