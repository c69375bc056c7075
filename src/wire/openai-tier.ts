import type { Change } from '../converse/changes.ts';
import type { End } from '../converse/events.ts';
import type { ServiceTier } from '../converse/request.ts';

/** A Map, because the word comes from outside: an object also answers to `constructor`. */
const tiers: ReadonlyMap<string, ServiceTier> = new Map([
  ['default', 'default'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['fast', 'priority'],
]);

/** Bedrock's tier for OpenAI's `service_tier`; `auto` is what happens without one. */
export function openAiTier(wish: string | null | undefined, changes: Change[]): ServiceTier | undefined {
  if (!wish || wish === 'auto') return undefined;
  const tier = tiers.get(wish);
  if (tier === undefined)
    changes.push({ what: 'service_tier ignored', why: 'Bedrock has default, flex and priority.' });
  else if (tier !== wish)
    changes.push({ what: 'service_tier fast sent as priority', why: 'Bedrock has no other fast tier.' });
  return tier;
}

const answered = ['auto', 'default', 'flex', 'priority'];

/** The tier as OpenAI's answers may name it; undefined for a word that is not one of theirs. */
export function tierWord(tier: string | null | undefined): string | undefined {
  return typeof tier === 'string' && answered.includes(tier) ? tier : undefined;
}

/** The tier that served an answer, where Bedrock's word is one of OpenAI's. */
export function servedTier({ serviceTier }: End): string | undefined {
  return tierWord(serviceTier);
}
