import type { ServiceQuota } from '../auth/service-quotas.ts';
import type { Load } from '../observe/load-by-model.ts';
import { type QuotaMeasure, quotaOfModel } from '../policy/model-quota.ts';
import { columns, count } from './columns.ts';

/** A limit of the account beside what was used of it. */
export type ModelLimit = ServiceQuota & QuotaMeasure & { modelId: string; steady: number; peak: number };

/** The limits of the models that were used. Tokens a day are not measured that way; their use stays 0. */
export function limitsOf(loads: readonly Load[], quotas: readonly ServiceQuota[]): ModelLimit[] {
  return loads.flatMap((load) =>
    quotas.flatMap((quota): ModelLimit[] => {
      const measure = quotaOfModel(quota.name, load.modelId);
      return measure ? [{ ...quota, ...measure, modelId: load.modelId, ...usedOf(load, measure) }] : [];
    }),
  );
}

function usedOf(load: Load, { unit }: QuotaMeasure): { steady: number; peak: number } {
  switch (unit) {
    case 'requests a minute':
      return { steady: load.steadyRequests, peak: load.peakRequests };
    case 'tokens a minute':
      return { steady: load.steadyTokens, peak: load.peakTokens };
    case 'tokens a day':
      return { steady: 0, peak: 0 };
    default:
      return unit satisfies never;
  }
}

/** Whether more is worth asking for: calls were throttled, or the peak came near a limit. */
export function isTight(load: Load, limits: readonly ModelLimit[]): boolean {
  return (
    load.throttled > 0 || limits.some(({ modelId, peak, value }) => modelId === load.modelId && peak > value * 0.8)
  );
}

/** Nothing when no limit is known. A call counts against the limit of the profile that it names: all that might be are shown. */
export function limitTable(limits: readonly ModelLimit[], region = ''): string[] {
  if (limits.length === 0) return [];
  const heading = [`limits in ${region}`, 'profile', 'counts', 'limit', 'steady', 'peak', 'peak is', 'quota code'];
  const lines = limits.map(({ modelId, reach, unit, value, steady, peak, code, adjustable }) => [
    modelId,
    reach,
    unit,
    count(value),
    unit === 'tokens a day' ? '' : count(steady),
    unit === 'tokens a day' ? '' : count(peak),
    unit === 'tokens a day' || value === 0 ? '' : `${Math.round((100 * peak) / value)} %`,
    adjustable ? code : `${code} (fixed)`,
  ]);
  return [columns([heading, ...lines], new Set([3, 4, 5, 6]))];
}
