import { ProxyError } from '../base/errors.ts';
import type { ModelInfo, ModelTarget } from '../converse/model.ts';
import type { Effort } from '../converse/options.ts';
import { modelOfArn, regionOfArn } from './model-arn.ts';
import { lineOf, neutralNames, plainName, withoutVariant } from './model-names.ts';
import { capabilitiesOf, guessFamily } from './models.ts';
import { nameTable } from './name-table.ts';
import { prefixesFor, splitProfile } from './regions.ts';
import { priceOf, profileFor, type ShippedModel, shippedModels } from './shipped-models.ts';

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

/** Names come from clients, so what is remembered is bounded. */
const maxRemembered = 500;
/** Of an ARN, by Bedrock's own rules; nothing longer names a model. */
const longestName = 2_048;

/** The shipped models as one account and Region sees them. Resolving is synchronous and remembered. */
export function createCatalogue(options: CatalogueOptions): ShippedCatalogue {
  const prefixes = prefixesFor(options);
  const entries = shippedModels.filter((entry) => entry.converse || entry.mantleId !== '');
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

/** An id that Bedrock could know although the catalogue does not: `provider.model`. */
function isModelId(name: string): boolean {
  return /^[a-z0-9]+\.[a-z][a-zA-Z0-9_.:-]*$/.test(name) && guessFamily(name) !== 'other';
}

/** The Regions that the settings name, be it in the ARN of an alias. */
function regionsOf({ region, otherRegions = [], defaultModel, aliases }: CatalogueOptions): ReadonlySet<string> {
  const ofArns = [defaultModel, ...Object.values(aliases)].flatMap((name) => regionOfArn(name) ?? []);
  return new Set([region, ...otherRegions, ...ofArns]);
}

function describe(id: string, entry: ShippedModel | undefined, aliases: readonly string[]): ModelInfo {
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

/** Living models that can be dialled from here: the neutral names' first, then Claude from new to old, then the rest. */
function offered(entries: readonly ShippedModel[], prefixes: readonly string[]): ShippedModel[] {
  const order = Object.values(neutralNames);
  const rank = (entry: ShippedModel): number => {
    const at = order.indexOf(entry.id);
    if (at >= 0) return at;
    return entry.provider === 'anthropic' ? order.length : order.length + 1;
  };
  return entries
    .filter((entry) => entry.lifecycle === '' && (entry.onDemand !== 'no' || profileFor(entry, prefixes) !== undefined))
    .sort((a, b) => rank(a) - rank(b) || b.released.localeCompare(a.released) || a.id.localeCompare(b.id));
}
