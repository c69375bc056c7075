import type { EmbeddingCatalogue } from '../converse/embeddings.ts';
import type { Catalogue, ModelInfo, ModelTarget } from '../converse/model.ts';
import type { ShippedCatalogue } from './catalogue.ts';
import type { ControlPlane, LiveModels } from './control-plane.ts';
import type { ShippedEmbeddings } from './embedding-models.ts';
import { plainRow } from './plain-row.ts';
import { type ProfileWish, prefixesFor, splitProfile } from './regions.ts';

/**
 * The shipped catalogue, corrected by what the account really has. Only a list waits for AWS; a call is resolved with
 * what is known already, but for application profiles, whose model must be asked for once.
 */
export function liveCatalogue(shipped: ShippedCatalogue, plane: ControlPlane, wish: ProfileWish): Catalogue {
  const prefixes = prefixesFor(wish);

  const dialled = (id: string, live: LiveModels): string => {
    if (live.models.get(id)?.onDemand) return id;
    const prefix = prefixes.find((candidate) => live.profiles.get(id)?.includes(candidate));
    return prefix === undefined ? id : `${prefix}.${id}`;
  };

  const fromLive = (name: string, live: LiveModels): ModelTarget | undefined => {
    const id = splitProfile(name)?.bare ?? name;
    const model = live.models.get(id);
    if (!model) return undefined;
    const { provider, images } = model;
    const capabilities = { ...plainRow, images };
    const info = { id, name: model.name, provider, family: 'other', aliases: [], capabilities };
    return { modelId: id === name ? dialled(id, live) : name, region: wish.region, info, known: true };
  };

  /** The settings may refuse names that the shipped catalogue does not have; the account may have them all the same. */
  const known = (name: string, live: LiveModels | undefined): ModelTarget => {
    try {
      return shipped.resolve(name);
    } catch (error) {
      const found = live && fromLive(name, live);
      if (found) return found;
      throw error;
    }
  };

  const behindProfile = async (target: ModelTarget): Promise<ModelTarget> => {
    const base = await plane.baseModel(target.modelId);
    if (base === undefined) return target;
    const { info, price } = shipped.resolve(base);
    return { ...target, info, ...(price ? { price } : {}) };
  };

  return {
    resolve(name) {
      const live = plane.known();
      const target = known(name, live);
      if (target.modelId.includes(':application-inference-profile/')) return behindProfile(target);
      if (!live || target.endpoint) return target;
      if (!target.known) return fromLive(name, live) ?? target;
      const isBare = target.modelId === target.info.id && live.models.has(target.modelId);
      return isBare ? { ...target, modelId: dialled(target.modelId, live) } : target;
    },
    async list() {
      const live = await plane.models();
      if (!live) return shipped.list();
      // What only the OpenAI-compatible endpoint serves is in no list of foundation models.
      const here = shipped.list().filter(({ id }) => live.models.has(id) || shipped.resolve(id).endpoint);
      const listed = new Set(here.map(({ id }) => id));
      const newer = [...live.models.keys()].filter((id) => !listed.has(id));
      const others = newer.flatMap((id): ModelInfo[] => {
        const target = shipped.resolve(id);
        const found = target.known && target.info.id === id ? target : fromLive(id, live);
        return found ? [found.info] : [];
      });
      return [...here, ...others];
    },
  };
}

/** The shipped embedding models; of them a list shows those that the account has, once AWS tells. */
export function liveEmbeddings(shipped: ShippedEmbeddings, plane: Pick<ControlPlane, 'models'>): EmbeddingCatalogue {
  return {
    ...shipped,
    async list() {
      const live = await plane.models();
      const all = shipped.list();
      return live ? all.filter(({ id }) => live.embeddings.has(id)) : all;
    },
  };
}
