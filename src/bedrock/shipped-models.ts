import type { Price } from '../converse/model.ts';
import shipped from './catalogue.json' with { type: 'json' };
import { splitProfile } from './regions.ts';

/** A model of the shipped list, as `catalogue.json` holds it. */
export type ShippedModel = (typeof shipped.models)[number];

/** All of them. */
export const shippedModels: readonly ShippedModel[] = shipped.models;

/** The day on which the shipped prices were read from AWS's list. */
export const pricesAsOf: string = shipped.asOf;

/** The price of a bare id or a profile of the shipped list; undefined where none is known, and for ARNs. */
export function shippedPrice(model: string): Price | undefined {
  const profile = splitProfile(model);
  const id = profile?.bare ?? model;
  return priceOf(
    shippedModels.find((entry) => entry.id === id),
    profile?.prefix,
  );
}

/** The profile to dial; undefined for the bare id, where the model works on demand or no profile fits (case 83). */
export function profileFor(entry: ShippedModel | undefined, prefixes: readonly string[]): string | undefined {
  if (!entry || entry.onDemand === 'yes') return undefined;
  const profiles: readonly string[] = entry.profiles;
  return prefixes.find((prefix) => profiles.includes(prefix));
}

/** What a model costs by a profile of that prefix, or by its bare id; undefined where it is not known. */
export function priceOf(entry: ShippedModel | undefined, prefix: string | undefined): Price | undefined {
  const prices = prefix === 'global' ? entry?.prices.global : entry?.prices.regional;
  const columns: readonly (number | null)[] | null | undefined = prices ?? entry?.prices.all;
  if (!columns) return undefined;
  const [input, output, cacheRead, cacheWrite5m, cacheWrite1h] = columns;
  return {
    ...(input != null && { input }),
    ...(output != null && { output }),
    ...(cacheRead != null && { cacheRead }),
    ...(cacheWrite5m != null && { cacheWrite5m }),
    ...(cacheWrite1h != null && { cacheWrite1h }),
  };
}
