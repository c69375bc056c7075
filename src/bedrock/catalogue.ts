import { ProxyError } from '../base/errors.ts';
import type { ModelInfo, ModelTarget, Price } from '../converse/model.ts';
import type { Effort } from '../converse/options.ts';
import shipped from './catalogue.json' with { type: 'json' };
import { lineOf, neutralNames, plainName, spellings, withoutVariant } from './model-names.ts';
import { capabilitiesOf, guessFamily } from './models.ts';
import { prefixesFor, splitProfile } from './regions.ts';

export type CatalogueOptions = {
  region: string;
  /** Further Regions that the settings name. */
  otherRegions?: readonly string[] | undefined;
  /** A profile prefix such as `eu`: keeps inference in that geography. */
  geography?: string | undefined;
  /** `global.` profiles before those of the Region's geography. */
  preferGlobal?: boolean | undefined;
  /** Any name that the catalogue resolves. */
  defaultModel: string;
  /** What an unknown name gets: the default model, `unknown_model`, or the dial as it is. */
  unknownModels: 'default' | 'refuse' | 'pass';
  /** The person's own names. */
  aliases: Readonly<Record<string, string>>;
};

/** A `Catalogue` that needs no waiting. */
export type ShippedCatalogue = { resolve(name: string): ModelTarget; list(): readonly ModelInfo[] };

type Entry = (typeof shipped.models)[number];

/** Names come from clients, so what is remembered is bounded. */
const maxRemembered = 500;
/** Of an ARN, by Bedrock's own rules; nothing longer names a model. */
const longestName = 2_048;

/** The shipped models as one account and Region sees them. Resolving is synchronous and remembered. */
export function createCatalogue(options: CatalogueOptions): ShippedCatalogue {
  const prefixes = prefixesFor(options);
  const entries = shipped.models.filter((entry) => entry.converse || entry.mantleId !== '');
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const names = nameTable(entries, options.aliases);
  const remembered = new Map<string, ModelTarget>();
  const infos = new Map<string, ModelInfo>();
  const regions = regionsOf(options);

  const infoOf = (id: string): ModelInfo => {
    const known = infos.get(id);
    if (known) return known;
    const info = describe(id, byId.get(id), names.aliasesOf(id));
    if (byId.has(id)) infos.set(id, info);
    return info;
  };

  const dial = (modelId: string, bare: string, prefix: string | undefined, effort?: Effort): ModelTarget => {
    const entry = byId.get(bare);
    const price = priceOf(entry, prefix);
    return {
      modelId,
      region: options.region,
      info: infoOf(bare),
      known: true,
      ...(entry && !entry.converse && { modelId: entry.mantleId, endpoint: 'mantle' }),
      ...(price && { price }),
      ...(effort && { effort }),
    };
  };

  const dialBest = (id: string, effort?: Effort): ModelTarget => {
    const prefix = profileFor(byId.get(id), prefixes);
    return dial(prefix === undefined ? id : `${prefix}.${id}`, id, prefix, effort);
  };

  /** A name of ours, an id or profile of the list, or an ARN; suffixes come off only what is none of these. */
  const findListed = (name: string, effort?: Effort): ModelTarget | undefined => {
    const id = names.idOf(name) ?? name;
    if (id.startsWith('arn:')) return dialArn(id, effort);
    if (byId.has(id)) return dialBest(id, effort);
    const profile = splitProfile(id);
    if (profile && byId.has(profile.bare)) return dial(id, profile.bare, profile.prefix, effort);
    const shorter = withoutVariant(name);
    return shorter && findListed(shorter.name, effort ?? shorter.effort);
  };

  /** An id that came after the list is dialled as it stands. */
  const findNewer = (name: string): ModelTarget | undefined => {
    const id = names.idOf(name) ?? name;
    const profile = splitProfile(id);
    const bare = profile?.bare ?? id;
    return isModelId(bare) ? dial(id, bare, profile?.prefix) : undefined;
  };

  const find = (name: string): ModelTarget | undefined => findListed(name) ?? findNewer(name);

  /** An ARN is served where it was made, and a request may not lead to a Region that the settings do not name. */
  const dialArn = (arn: string, effort?: Effort): ModelTarget => {
    const region = regionOfArn(arn) ?? options.region;
    if (!regions.has(region)) {
      throw new ProxyError('unknown_model', 'This ARN belongs to a Region that the settings do not name.', {
        param: 'model',
        fix: 'give the ARN a name of your own under [models.aliases]',
      });
    }
    const id = modelOfArn(arn);
    const profile = splitProfile(id);
    return { ...dial(arn, profile?.bare ?? id, profile?.prefix, effort), region };
  };

  const standIn = (name: string): ModelTarget => {
    if (options.unknownModels === 'refuse') {
      throw new ProxyError('unknown_model', `No model is called "${name.slice(0, 100)}".`, {
        param: 'model',
        fix: 'claude-bedrock models list',
      });
    }
    if (options.unknownModels === 'pass') return dial(name, name, undefined);
    const effort = withoutVariant(plainName(name))?.effort;
    const target = find(lineOf(name.toLowerCase()) ?? options.defaultModel) ?? find('bedrock-sonnet');
    return {
      ...(target ?? dial(options.defaultModel, options.defaultModel, undefined)),
      known: false,
      ...(effort && { effort }),
    };
  };

  return {
    resolve(asked) {
      const name = asked.slice(0, longestName);
      const before = remembered.get(name);
      if (before) return before;
      const target = find(name) ?? standIn(name);
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(name, target);
      return target;
    },
    list: () => offered(entries, prefixes).map((entry) => infoOf(entry.id)),
  };
}

/** The day on which the shipped prices were read from AWS's list. */
export const pricesAsOf: string = shipped.asOf;

/** The price of a bare id or a profile of the shipped list; undefined where none is known, and for ARNs. */
export function shippedPrice(model: string): Price | undefined {
  const profile = splitProfile(model);
  const id = profile?.bare ?? model;
  return priceOf(
    shipped.models.find((entry) => entry.id === id),
    profile?.prefix,
  );
}

/** The same model by the profile of its Region's own geography; undefined where it has none. */
export function geographicTwin(target: ModelTarget): ModelTarget | undefined {
  const entry = shipped.models.find(({ id }) => id === target.info.id);
  const profiles: readonly string[] = entry?.profiles ?? [];
  const near = prefixesFor({ region: target.region }).filter((prefix) => prefix !== 'global');
  const prefix = near.find((candidate) => profiles.includes(candidate));
  if (prefix === undefined) return undefined;
  const price = priceOf(entry, prefix);
  const { price: _, ...rest } = target;
  return { ...rest, modelId: `${prefix}.${target.info.id}`, ...(price && { price }) };
}

/** All names that stand for a model, and the way back. The person's own aliases win over ours. */
function nameTable(entries: readonly Entry[], own: Readonly<Record<string, string>>) {
  const ids = new Map<string, string>();
  for (const entry of entries) {
    ids.set(entry.id, entry.id);
    for (const spelling of spellings(entry.id)) if (!ids.has(spelling)) ids.set(spelling, entry.id);
    if (entry.mantleId !== '' && !ids.has(entry.mantleId)) ids.set(entry.mantleId, entry.id);
  }
  for (const [name, id] of Object.entries(neutralNames)) ids.set(name, id);
  const idOf = (name: string): string | undefined => {
    const target = Object.hasOwn(own, name) ? (own[name] ?? name) : name;
    return ids.get(target) ?? ids.get(plainName(target)) ?? (target === name ? undefined : target);
  };
  const aliasesOf = (id: string): string[] => {
    const neutral = Object.keys(neutralNames).filter((name) => neutralNames[name] === id);
    const chosen = Object.keys(own).filter((name) => idOf(name) === id);
    const spelt = spellings(id).filter((name) => name.startsWith('claude-') && !/-v\d/.test(name));
    return [...new Set([...neutral, ...chosen, ...spelt])];
  };
  return { idOf, aliasesOf };
}

/** An id that Bedrock could know although the catalogue does not: `provider.model`. */
function isModelId(name: string): boolean {
  return /^[a-z0-9]+\.[a-z][a-zA-Z0-9_.:-]*$/.test(name) && guessFamily(name) !== 'other';
}

/** The Regions that the settings name, be it in the ARN of an alias. */
function regionsOf({ region, otherRegions = [], defaultModel, aliases }: CatalogueOptions): ReadonlySet<string> {
  const ofArns = [defaultModel, ...Object.values(aliases)].flatMap((name) => regionOfArn(name) ?? []);
  return new Set([region, ...otherRegions, ...ofArns]);
}

/** Undefined for other names, and for an ARN that names no Region. */
function regionOfArn(name: string): string | undefined {
  return /^arn:[^:]*:[^:]*:([^:]+):/.exec(name)?.[1];
}

/** Foundation-model and inference-profile ARNs name their model; other ARNs are opaque, and mostly a Claude's. */
function modelOfArn(arn: string): string {
  const match = /:(?:foundation-model|inference-profile)\/(.+)$/.exec(arn);
  return match?.[1] ?? 'anthropic.claude-behind-an-arn';
}

function describe(id: string, entry: Entry | undefined, aliases: readonly string[]): ModelInfo {
  const family = entry?.family ?? guessFamily(id);
  return {
    id,
    name: entry?.name || id,
    provider: entry?.provider ?? id.split('.')[0] ?? 'unknown',
    family,
    aliases,
    capabilities: capabilitiesOf(family, id),
    ...(entry?.context ? { contextTokens: entry.context } : {}),
    ...(entry?.maxOutput ? { maxOutputTokens: entry.maxOutput } : {}),
    ...(entry?.released ? { released: entry.released } : {}),
  };
}

/** The profile to dial; undefined for the bare id, where the model works on demand or no profile fits (case 83). */
function profileFor(entry: Entry | undefined, prefixes: readonly string[]): string | undefined {
  if (!entry || entry.onDemand === 'yes') return undefined;
  const profiles: readonly string[] = entry.profiles;
  return prefixes.find((prefix) => profiles.includes(prefix));
}

function priceOf(entry: Entry | undefined, prefix: string | undefined): Price | undefined {
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

/** Living models that can be dialled from here: the neutral names' first, then Claude from new to old, then the rest. */
function offered(entries: readonly Entry[], prefixes: readonly string[]): Entry[] {
  const order = Object.values(neutralNames);
  const rank = (entry: Entry): number => {
    const at = order.indexOf(entry.id);
    if (at >= 0) return at;
    return entry.provider === 'anthropic' ? order.length : order.length + 1;
  };
  return entries
    .filter((entry) => entry.lifecycle === '' && (entry.onDemand !== 'no' || profileFor(entry, prefixes) !== undefined))
    .sort((a, b) => rank(a) - rank(b) || b.released.localeCompare(a.released) || a.id.localeCompare(b.id));
}
