import { ProxyError } from '../base/errors.ts';
import type { EmbeddingCatalogue, EmbeddingFamily, EmbeddingTarget } from '../converse/embeddings.ts';
import type { Capabilities, ModelInfo } from '../converse/model.ts';
import shipped from './catalogue.json' with { type: 'json' };
import { plainRow } from './plain-row.ts';
import { type ProfileWish, prefixesFor, splitProfile } from './regions.ts';

/** The form in which each embedding model is asked, and the names that people know it by. */
const forms: Readonly<Record<string, { family: EmbeddingFamily; aliases: readonly string[] }>> = {
  'amazon.titan-embed-text-v2:0': { family: 'titan-v2', aliases: ['bedrock-embed', 'titan-embed-text-v2'] },
  'amazon.titan-embed-text-v1': { family: 'titan-v1', aliases: ['titan-embed-text-v1'] },
  'cohere.embed-v4:0': { family: 'cohere-v4', aliases: ['cohere-embed-v4'] },
  'cohere.embed-multilingual-v3': { family: 'cohere-v3', aliases: ['cohere-embed-multilingual-v3'] },
  'cohere.embed-english-v3': { family: 'cohere-v3', aliases: ['cohere-embed-english-v3'] },
  'amazon.nova-2-multimodal-embeddings-v1:0': { family: 'nova', aliases: ['nova-embed'] },
};

export type EmbeddingModelOptions = ProfileWish & {
  /** The model that stands in for an unknown name, such as OpenAI's own. */
  defaultModel: string;
  unknownModels: 'default' | 'refuse' | 'pass';
  aliases: Readonly<Record<string, string>>;
};

/** The shipped embedding models, as one account and Region sees them. */
export type ShippedEmbeddings = Omit<EmbeddingCatalogue, 'list'> & { list(): readonly ModelInfo[] };

/** The shipped embedding models as they are dialled from one Region. */
export function embeddingModels(options: EmbeddingModelOptions): ShippedEmbeddings {
  const idOf = (name: string): string | undefined => {
    const wanted = Object.hasOwn(options.aliases, name) ? (options.aliases[name] ?? name) : name;
    const bare = splitProfile(wanted)?.bare ?? wanted;
    return Object.keys(forms).find((id) => id === bare || forms[id]?.aliases.includes(bare));
  };
  const find = (name: string): EmbeddingTarget | undefined => {
    const id = idOf(name);
    return id === undefined ? undefined : targetOf(id, name, true, options);
  };
  return {
    find,
    resolve(name) {
      const known = find(name);
      if (known) return known;
      const standIn = options.unknownModels === 'refuse' ? undefined : idOf(options.defaultModel);
      if (standIn !== undefined) return targetOf(standIn, name, false, options);
      throw new ProxyError('unknown_model', 'No embedding model has this name.', {
        param: 'model',
        fix: `use one of ${Object.keys(forms).join(', ')}`,
      });
    },
    list: () => Object.keys(forms).map((id) => targetOf(id, id, true, options).info),
  };
}

/** It takes text and gives vectors: nothing of what a chat model can. */
const row: Capabilities = {
  ...plainRow,
  tools: false,
  toolChoice: [],
  toolStreaming: false,
  streaming: false,
  embeddings: true,
};

function targetOf(id: string, name: string, known: boolean, options: EmbeddingModelOptions): EmbeddingTarget {
  const form = forms[id];
  const entry = shipped.models.find((model) => model.id === id);
  const [input] = entry?.prices.all ?? [];
  const profiles: readonly string[] = entry?.profiles ?? [];
  const prefix = entry?.onDemand === 'no' ? prefixesFor(options).find((one) => profiles.includes(one)) : undefined;
  const own = splitProfile(name)?.bare === id ? name : undefined;
  return {
    modelId: own ?? (prefix === undefined ? id : `${prefix}.${id}`),
    region: options.region,
    known,
    embedding: form?.family ?? 'titan-v2',
    ...(typeof input === 'number' ? { price: { input } } : {}),
    info: {
      id,
      name: entry?.name || id,
      provider: entry?.provider ?? 'unknown',
      family: entry?.family ?? 'embeddings',
      aliases: form?.aliases ?? [],
      capabilities: row,
      ...(entry?.context ? { contextTokens: entry.context } : {}),
    },
  };
}
