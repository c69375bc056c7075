import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/schema.ts';
import type { Recorder } from '../observe/recorder.ts';
import { createPolicies } from '../proxy/policies.ts';
import { policySettings } from '../proxy/policy-settings.ts';
import { type Bedrock, openBedrock } from './bedrock.ts';

/** The same stack above the simulator, without memory, bounds and records: what is tried there is nobody's usage. */
export async function openRehearsal(settings: Settings, recorder: Recorder, clock: Clock): Promise<Bedrock> {
  const plain = {
    ...policySettings(settings),
    cache: { mode: 'off' as const, ttlMs: 1, maxBytes: 1 },
    bounds: {},
    perKey: {},
    all: {},
    budgets: [],
  };
  const nobody = { account: () => '', identify: async () => {} };
  const policies = createPolicies(plain, { clock, random: Math.random, tell: () => {}, sinks: [], ...nobody });
  const demo = { ...settings, upstream: 'demo' as const };
  const ports = { onIdentity: () => {}, scrub: (line: string) => line };
  return openBedrock({ settings: demo, state: undefined, policies, recorder, clock, ...ports });
}
